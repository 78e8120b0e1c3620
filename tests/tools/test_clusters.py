"""Stages on the workers of a Dask cluster: real schedulers and workers on loopback, with the toy project."""
# ruff: noqa: F811

import os
import signal
import subprocess
from contextlib import ExitStack, contextmanager

import psutil
import pytest
from distributed import Client

from tests.clusters import elsewhere_works, scheduler, worker
from tests.long.copies import free_port
from tests.tools.test_side_by_side import (
    command,
    contents,
    make,
    processes_in,
    project,  # noqa: F401
    ran,
    ran_so_far,
    repro,
    until,
)

USER = ["-c", "user.name=t", "-c", "user.email=t@example.org"]


def git(folder, *arguments):
    return subprocess.run(["git", *USER, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@contextmanager
def shared(project, monkeypatch, workers=2):
    """The scheduler, and workers that see the project's folder."""
    with ExitStack() as stack:
        address, server = stack.enter_context(scheduler(project.parent))
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
        yield [server, *(stack.enter_context(worker(address, project.parent)) for _ in range(workers))]


@contextmanager
def clones(project, monkeypatch, workers=2, threads=1):
    """Workers elsewhere, in clones of what is committed; data travel by a folder, commits by a bare repository."""
    if not elsewhere_works():
        pytest.skip("a process cannot have a view of the disk of its own here (unshare)")
    (project / ".gitignore").write_text((project / ".gitignore").read_text() + "/evaluation\n*.tmp\n")
    subprocess.run(["dvc", "remote", "add", "-q", "-d", "storage", project.parent / "remote"], cwd=project, check=True)
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "toy")
    git(project.parent, "clone", "--quiet", "--bare", project, "origin")
    git(project, "remote", "add", "origin", project.parent / "origin")
    with ExitStack() as stack:
        address, _ = stack.enter_context(scheduler(project.parent))
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
        folders = [project.parent / f"clone{number}" for number in range(workers)]
        for folder in folders:
            git(project.parent, "clone", "--quiet", "origin", folder)
            stack.enter_context(worker(address, folder, "--nthreads", str(threads), without=project))
        yield folders


def plain_dvc(folder):
    plain = make(folder)
    subprocess.run(["dvc", "repro", "--quiet"], cwd=plain, check=True)
    return plain


def test_a_shared_disk(project, tmp_path, monkeypatch):
    plain = plain_dvc(tmp_path / "plain")
    with shared(project, monkeypatch) as (_, *workers):
        done = repro(project)
        print(done.stdout, done.stderr)
        beyond = [
            connection.laddr
            for process in [psutil.Process(workers[0].pid), *psutil.Process(workers[0].pid).parent().children()]
            for connection in process.net_connections()
            if connection.status == "LISTEN" and connection.laddr.ip != "127.0.0.1"
        ]
    assert done.stdout.startswith("15 stages may have changed; 2 at a time at tcp://127.0.0.1:")
    assert beyond == []
    assert contents(project) == contents(plain)
    assert sorted(ran(project)) == sorted(ran(plain))


def test_no_shared_disk(project, tmp_path, monkeypatch):
    """And then what the pages say for the next commit."""
    plain = plain_dvc(tmp_path / "plain")
    with clones(project, monkeypatch) as folders:
        done = repro(project)
        print(done.stdout, done.stderr)
    assert done.stdout.startswith("15 stages may have changed; 2 at a time at tcp://127.0.0.1:")
    assert contents(project) == contents(plain)
    assert ran(project) == []
    assert sorted(name for folder in folders for name in ran(folder)) == sorted(ran(plain))


def refused(project):
    done = repro(project, code=1)
    (line,) = done.stderr.splitlines()
    assert ran(project) == []
    return line.removeprefix("error: ")


def test_clones_that_are_not_alike_are_refused(project, tmp_path, monkeypatch):
    """By a line each; a change that is not committed where `make repro` runs gives a warning only."""
    with clones(project, monkeypatch, workers=1) as (clone,):
        address = os.environ["DASK_SCHEDULER_ADDRESS"]
        (project / "params.yaml").write_text("lr: 3\n")
        (clone / "stage.sh").write_text("exit 0\n")
        head = git(project, "rev-parse", "HEAD").strip()
        said = refused(project)
        assert f"has another revision: {head} with changes instead of {head}: its results" in said
        git(clone, "checkout", "--quiet", "stage.sh")
        git(project, "commit", "--quiet", "--all", "-m", "another rate")
        after = git(project, "rev-parse", "HEAD").strip()
        assert f"has another revision: {head} instead of {after}" in refused(project)
        with worker(address, project):
            until_workers(address, 2)
            assert refused(project).startswith(f"some workers see {project}, but not tcp://127.0.0.1:")
        with worker(address, clone, "--nthreads", "2", without=project):
            until_workers(address, 2)
            git(project, "reset", "--quiet", "--hard", "HEAD~")
            assert "has several threads, but a clone runs one stage at a time" in refused(project)
        subprocess.run(["dvc", "config", "--unset", "core.remote"], cwd=project, check=True)
        assert "no DVC remote is set by which data could travel" in refused(project)


def until_workers(address, count):
    with Client(address) as client:
        client.wait_for_workers(count, 30)


def test_a_worker_killed(project, tmp_path, monkeypatch):
    """Its stage ends with it and runs on the other worker."""
    plain = plain_dvc(tmp_path / "plain")
    (project / "slow").write_text("prepare@imdb\n")
    with shared(project, monkeypatch) as (_, *workers):
        process = subprocess.Popen(command(), cwd=project, stdout=subprocess.PIPE, text=True)
        until(lambda: "begin prepare@imdb" in ran_so_far(project))
        (project / "slow").unlink()
        (stage,) = [one for one in processes_in(project) if one.name() == "sleep" and one.cmdline()[-1] == "30"]
        (at_work,) = [worker for worker in workers if worker.pid in {parent.pid for parent in stage.parents()}]
        at_work.kill()
        psutil.wait_procs([stage], 10)
        assert not stage.is_running()
        said, _ = process.communicate(timeout=100)
        assert process.returncode == 0, said
    assert contents(project) == contents(plain)
    assert ran(project).count("prepare@imdb") == 2
    assert processes_in(project) == []


def test_whoever_waits_killed(project, monkeypatch):
    """The stages of a `make repro` that is no more end on the workers, which stay."""
    (project / "slow").write_text("fetch@imdb\nfetch@speech\n")
    with shared(project, monkeypatch) as (_, *workers):
        process = subprocess.Popen(command(), cwd=project, stdout=subprocess.DEVNULL)
        until(lambda: {"begin fetch@imdb", "begin fetch@speech"} & set(ran_so_far(project)))
        process.kill()
        process.wait()
        until(lambda: processes_in(project) == [], 10)
        assert [worker.poll() for worker in workers] == [None, None]
        (project / "slow").unlink()
        repro(project, "fetch")


def test_the_scheduler_killed(project, monkeypatch):
    (project / "slow").write_text("fetch@imdb\nfetch@speech\nfetch@digits\n")
    with shared(project, monkeypatch) as (server, *_):
        process = subprocess.Popen(command(), cwd=project, stderr=subprocess.PIPE, text=True)
        until(lambda: {"begin fetch@imdb", "begin fetch@speech"} & set(ran_so_far(project)))
        server.kill()
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1
        (line,) = said.splitlines()
        assert line.startswith("error: the Dask scheduler at tcp://127.0.0.1:")
        until(lambda: processes_in(project) == [], 20)


def test_stopped_the_stages_of_all_workers_end(project, monkeypatch):
    (project / "slow").write_text("fetch@imdb\nfetch@speech\nfetch@digits\n")
    with shared(project, monkeypatch) as (_, *workers):
        process = subprocess.Popen(command(), cwd=project, stderr=subprocess.PIPE, text=True)
        until(lambda: len(ran_so_far(project)) == 2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert (process.returncode, said) == (130, "interrupted: run the same command again to continue\n")
        assert processes_in(project) == []
        assert [worker.poll() for worker in workers] == [None, None]


def test_nobody_at_the_address(project, monkeypatch):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", f"tcp://127.0.0.1:{free_port()}")
    assert refused(project).startswith("no Dask scheduler answers at tcp://127.0.0.1:")


@pytest.mark.parametrize("address", ["head", "nonsense://head:1", "tls://127.0.0.1:1"])
def test_an_address_that_is_none(project, monkeypatch, address):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
    assert refused(project).startswith(f"no Dask scheduler answers at {address} (")
