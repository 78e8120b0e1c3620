"""Dask clusters on loopback: clones without a shared disk, workers that are unlike or die, and real training."""
# ruff: noqa: F811

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from distributed import Client

from tests.clusters import elsewhere_works, hidden, line, other_packages, scheduler, shared, worker
from tests.long.copies import ENVIRONMENT, copy, entry
from tests.long.copies import repro as plain_repro
from tests.long.test_travelling import s3  # noqa: F401
from tests.toy_project import (
    STAGE,
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

ROOT = Path(__file__).parents[2]
MENDING = [  # what a clone needs to mend what DVC left behind
    "tools/__init__.py", "tools/mend.py", "pipeline/__init__.py", "pipeline/core/__init__.py",
    "pipeline/core/errors.py", "pipeline/core/files.py",
]  # fmt: skip
USER = ["-c", "user.name=t", "-c", "user.email=t@example.org"]


def git(folder, *arguments):
    return subprocess.run(["git", *USER, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def dvc(folder, *arguments):
    subprocess.run(["dvc", *arguments], cwd=folder, check=True, capture_output=True)


@contextmanager
def clones(project, monkeypatch, workers=2, url=None, **options):
    """Workers elsewhere, in clones of what is committed; data go by a folder or S3, commits by a bare repository."""
    if not elsewhere_works():
        pytest.skip("a process cannot have a view of the disk of its own here (unshare)")
    with (project / ".gitignore").open("a") as ignored:
        ignored.write("/evaluation\n*.tmp\n/tools\n/pipeline\n")
    (project / "requirements.lock").write_text("tqdm==4.66 \\\n")
    dvc(project, "remote", "add", "--default", "storage", url or str(project.parent / "remote"))
    for name, value in options.items():
        dvc(project, "remote", "modify", "storage", name, value)
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
            for name in MENDING:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
            stack.enter_context(worker(address, folder, mount=hidden(project)))
        until_workers(workers)
        yield folders


def until_workers(count):
    with Client(os.environ["DASK_SCHEDULER_ADDRESS"]) as client:
        client.wait_for_workers(count, 60)


def plain_dvc(folder):
    plain = make(folder)
    dvc(plain, "repro")
    return plain


@pytest.mark.parametrize("storage", ["folder", "s3"])
def test_no_shared_disk(project, tmp_path, monkeypatch, storage, request):
    """From nothing; then a change, committed and brought to the clones as the page says, runs what it touches, once.

    In the clones DVC was stopped while it wrote dvc.lock.
    """
    plain = plain_dvc(tmp_path / "plain")
    options = {"url": "s3://data/toy", **request.getfixturevalue("s3")} if storage == "s3" else {}
    with clones(project, monkeypatch, **options) as folders:
        for folder in folders:
            (folder / "dvc.lock").write_text("schema: '2.0'\nstages:\n  fet")
        done = repro(project)
        assert done.stdout.startswith("15 stages may have changed; 2 at a time at tcp://127.0.0.1:")
        assert (ran(project), sorted(ran_in(folders))) == ([], sorted(ran(plain)))
        assert contents(project) == contents(plain)
        assert (project / "logs/tagging@a.log").read_text().count("Running stage") == 1
        for folder in (project, plain):
            (folder / "params.yaml").write_text("lr: 2\n")
        git(project, "add", "--all")
        git(project, "commit", "--quiet", "--all", "-m", "another rate, and results")
        git(project, "push", "--quiet", "origin", "HEAD")
        for folder in folders:
            subprocess.run(["sh", "-ec", line("git reset").removesuffix("&& make setup")], cwd=folder, check=True)
        assert "warning" not in repro(project).stdout
        dvc(plain, "repro")
        assert (ran(project), sorted(ran_in(folders))) == ([], sorted(ran(plain)))
        assert contents(project) == contents(plain)


def ran_in(folders):
    return [name for folder in folders for name in ran(folder)]


def refused(project):
    (said,) = repro(project, code=1).stderr.splitlines()
    assert ran(project) == []
    return said.removeprefix("error: ")


def test_clones_that_are_not_as_they_must_be(project, tmp_path, monkeypatch):
    """They are refused by a line; a change that is not committed where `make repro` runs gives a warning only."""
    with clones(project, monkeypatch, workers=1) as (clone,):
        address = os.environ["DASK_SCHEDULER_ADDRESS"]
        head = git(project, "rev-parse", "HEAD").strip()
        (clone / "stage.sh").write_text("exit 0\n")
        said = refused(project)
        assert f"has another revision: {head} with changes instead of {head}: its results" in said
        git(clone, "checkout", "--quiet", "stage.sh")
        git(project, "commit", "--quiet", "--allow-empty", "-m", "more")
        after = git(project, "rev-parse", "HEAD").strip()
        assert f"has another revision: {head} instead of {after}" in refused(project)
        git(project, "reset", "--quiet", "--hard", "HEAD~")
        with worker(address, project):
            until_workers(2)
            assert refused(project).startswith(f"some workers see {project}, but not tcp://127.0.0.1:")
        with worker(address, clone, "--nthreads", "2", mount=hidden(project)):
            until_workers(2)
            assert "has several threads, but in a clone runs one stage at a time" in refused(project)
        (project / "params.yaml").write_text("lr: 3\n")
        done = repro(project)
        assert "warning: only commits travel" in done.stdout
        assert "tagging@a" in ran(project)
        dvc(project, "config", "--unset", "core.remote")
        (project / "params.yaml").write_text("lr: 4\n")
        assert "no DVC remote is set by which data could travel" in refused(project)


def test_another_processor_and_other_packages(project, tmp_path, monkeypatch):
    if not elsewhere_works():
        pytest.skip("a process cannot have a view of the disk of its own here (unshare)")
    (project / "requirements.lock").write_text("tqdm==4.66 \\\n")
    (tmp_path / "cpuinfo").write_text("vendor_id : Another\nflags : fpu avx\n")
    with scheduler(tmp_path) as (address, _):
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
        with worker(address, tmp_path, mount=f"--bind '{tmp_path}/cpuinfo' /proc/cpuinfo"):
            said = refused(project)
            assert "has another kind of processor, with Another, without " in said
        with worker(address, tmp_path, env=other_packages(tmp_path)):
            said = refused(project)
            assert "has other packages, with tqdm==0.1, without tqdm==" in said


def test_a_worker_that_comes_late_and_does_not_see_the_disk(project, tmp_path, monkeypatch):
    """It is stopped, although it has a folder of that name."""
    if not elsewhere_works():
        pytest.skip("a process cannot have a view of the disk of its own here (unshare)")
    (project / "stage.sh").write_text(STAGE.replace("sleep 0.0", "sleep 0.5"))
    with shared(project, monkeypatch, workers=1):
        process = subprocess.Popen(command(), cwd=project, stdout=subprocess.PIPE, text=True)
        until(lambda: ran_so_far(project))
        with worker(os.environ["DASK_SCHEDULER_ADDRESS"], tmp_path, mount=hidden(project)) as blind:
            said, _ = process.communicate(timeout=100)
            assert blind.wait(20) == 0
    assert process.returncode == 0, said
    assert sum("has no view of this project's disk: it was stopped" in line for line in said.splitlines()) == 1
    assert sorted(ran(project)) == sorted(set(ran(plain_dvc(tmp_path / "plain"))))


def test_a_worker_killed(project, tmp_path, monkeypatch):
    """Its stage ends with it and runs on the other worker."""
    plain = plain_dvc(tmp_path / "plain")
    (project / "slow").write_text("prepare@imdb\n")
    with shared(project, monkeypatch) as (_, *workers):
        process = subprocess.Popen(command(), cwd=project, stdout=subprocess.PIPE, text=True)
        until(lambda: "begin prepare@imdb" in ran_so_far(project))
        (project / "slow").unlink()
        until(lambda: sleeping(project))
        (stage,) = sleeping(project)
        (at_work,) = [worker for worker in workers if worker.pid in {parent.pid for parent in stage.parents()}]
        at_work.kill()
        psutil.wait_procs([stage], 10)
        assert not stage.is_running()
        said, _ = process.communicate(timeout=100)
        assert process.returncode == 0, said
    assert contents(project) == contents(plain)
    assert ran(project).count("prepare@imdb") == 2
    assert processes_in(project) == []


def sleeping(project):
    return [one for one in processes_in(project) if one.name() == "sleep" and one.cmdline()[-1] == "30"]


def test_no_worker_and_the_last_one_gone(project, monkeypatch):
    (project / "slow").write_text("fetch@imdb\n")
    with shared(project, monkeypatch, workers=0):
        address = os.environ["DASK_SCHEDULER_ADDRESS"]
        assert refused(project) == f"no worker came to {address} in 30 s: start one, as docs/clusters.md says"
        with worker(address, project.parent) as only:
            process = subprocess.Popen(command(), cwd=project, stderr=subprocess.PIPE, text=True)
            until(lambda: "begin fetch@imdb" in ran_so_far(project))
            only.terminate()
            only.wait(20)
            until(lambda: not sleeping(project), 5)
            _, said = process.communicate(timeout=60)
        assert said == "error: the last worker went 30 s ago: start one, and run the same command again\n"


def test_real_training(tmp_path, monkeypatch):
    """Four trainings at the quick scale, by the workers: what plain DVC makes of them."""
    plain = copy(tmp_path / "plain")
    stages = ["parity@rnn", "parity@gru", "next_value@rnn", "next_value@gru"]
    plain_repro(plain, *stages)
    folder = tmp_path / "project"
    monkeypatch.setenv("PATH", ENVIRONMENT["PATH"])
    with shared(folder, monkeypatch):
        done = subprocess.run(
            [sys.executable, "-m", "tools.scaled", "quick", folder, "--stages", *stages],
            cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=1800,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 at a time at tcp://127.0.0.1:" in done.stdout
    for stage in stages:
        assert entry(folder, stage)["outs"] == entry(plain, stage)["outs"] != []
