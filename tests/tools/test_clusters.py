"""Stages on the workers of a Dask cluster: real schedulers and workers on loopback, with the toy project."""
# ruff: noqa: F811

import os
import signal
import subprocess
import time

import psutil
import pytest

from tests.clusters import block, other_packages, scheduler, shared, worker
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
    write_graph,
)


def test_a_shared_disk(project, tmp_path, monkeypatch):
    plain = make(tmp_path / "plain")
    for folder in (project, plain):
        write_graph(folder, variants=["a", "b"])
    with shared(project, monkeypatch) as processes:
        done = repro(project)
        listening = [
            connection.laddr.ip
            for process in processes
            for connection in psutil.Process(process.pid).net_connections()
            if connection.status == "LISTEN"
        ]
    assert done.stdout.startswith("11 stages may have changed; 2 at a time at tcp://127.0.0.1:")
    assert set(listening) == {"127.0.0.1"}
    subprocess.run(["dvc", "repro", "--quiet"], cwd=plain, check=True)
    assert contents(project) == contents(plain)
    assert sorted(ran(project)) == sorted(ran(plain))


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


def test_stopped_the_stages_of_another_build_go_on(project, tmp_path, monkeypatch):
    other = make(tmp_path / "other")
    with shared(project, monkeypatch):
        builds = []
        for folder in (project, other):
            (folder / "stage.sh").write_text(STAGE.replace("sleep 30", "sleep 4"))
            (folder / "slow").write_text("fetch@imdb\n")
            builds.append(subprocess.Popen(command("prepare@imdb"), cwd=folder, stderr=subprocess.PIPE, text=True))
        for folder in (project, other):
            until(lambda: "begin fetch@imdb" in ran_so_far(folder))  # noqa: B023
        time.sleep(0.3)
        builds[0].send_signal(signal.SIGINT)
        said = [build.communicate(timeout=60)[1] for build in builds]
    assert said == ["interrupted: run the same command again to continue\n", ""]
    assert [build.returncode for build in builds] == [130, 0]
    assert ran(other) == ["fetch@imdb", "prepare@imdb"]


def test_a_worker_that_comes_late_and_is_unlike_is_stopped(project, tmp_path, monkeypatch):
    """Its stage runs on the other worker, and nothing fails."""
    plain = make(tmp_path / "plain")
    for folder in (project, plain):
        (folder / "stage.sh").write_text(STAGE.replace("sleep 0.0", "sleep 0.5"))
        (folder / "requirements.lock").write_text("tqdm==4.66 \\\n")
        write_graph(folder, variants=["a", "b"])
    subprocess.run(["dvc", "repro", "--quiet"], cwd=plain, check=True)
    with shared(project, monkeypatch, workers=1):
        process = subprocess.Popen(command(), cwd=project, stdout=subprocess.PIPE, text=True)
        until(lambda: ran_so_far(project))
        address = os.environ["DASK_SCHEDULER_ADDRESS"]
        with worker(address, tmp_path, env=other_packages(tmp_path)) as unlike:
            said, _ = process.communicate(timeout=100)
            assert unlike.wait(20) == 0
    assert process.returncode == 0, said
    (line,) = [line for line in said.splitlines() if "it was stopped" in line]
    assert "has other packages, with tqdm==0.1, without tqdm==" in line
    assert contents(project) == contents(plain)
    assert sorted(ran(project)) == sorted(ran(plain))


def test_whoever_waits_killed(project, monkeypatch):
    """The stages of a `make repro` that is no more end on the workers, which stay."""
    (project / "slow").write_text("fetch@imdb\nfetch@speech\n")
    with shared(project, monkeypatch) as (_, *workers):
        process = subprocess.Popen(command(), cwd=project, stdout=subprocess.DEVNULL)
        until(lambda: {"begin fetch@imdb", "begin fetch@speech"} <= set(ran_so_far(project)))
        process.kill()
        process.wait()
        until(lambda: processes_in(project) == [], 10)
        assert [worker.poll() for worker in workers] == [None, None]
        (project / "slow").unlink()
        repro(project, "fetch")


def test_the_scheduler_killed(project, monkeypatch):
    """`make repro` says so in a line; no stage is left behind."""
    (project / "slow").write_text("fetch@imdb\nfetch@speech\nfetch@digits\n")
    with shared(project, monkeypatch) as (server, *_):
        process = subprocess.Popen(command(), cwd=project, stderr=subprocess.PIPE, text=True)
        until(lambda: len(ran_so_far(project)) == 2)
        server.kill()
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert len(said.splitlines()) == 1
        assert said.startswith("error: the Dask scheduler at tcp://127.0.0.1:")
        until(lambda: processes_in(project) == [], 20)


def test_encrypted(project, tmp_path, monkeypatch):
    """With the certificate and the settings of the page; who has no certificate is refused."""
    home = tmp_path / "home"
    home.mkdir()
    with monkeypatch.context() as patch:
        patch.setenv("HOME", str(home))
        subprocess.run(["bash", "-ec", block("bash", "openssl")], check=True, capture_output=True)
        write_graph(project, variants=["a"])
        with scheduler(tmp_path, "tls") as (address, _), worker(address, tmp_path), worker(address, tmp_path):
            patch.setenv("DASK_SCHEDULER_ADDRESS", address)
            assert repro(project).stdout.startswith(f"9 stages may have changed; 2 at a time at {address}")
            (project / "params.yaml").write_text("lr: 2\n")
            patch.setenv("HOME", str(tmp_path))
            assert refusal(project) == f"error: this machine has no certificate for {address}: see docs/clusters.md"
            plain = address.replace("tls", "tcp")
            patch.setenv("DASK_SCHEDULER_ADDRESS", plain)
            assert refusal(project).startswith(f"error: no Dask scheduler answers at {plain} (")
            patch.setenv("HOME", str(home))
            assert "encryption required" in refusal(project)
            patch.delenv("DASK_SCHEDULER_ADDRESS")
            repro(project, "--jobs", "2")


def refusal(project):
    (said,) = repro(project, code=1).stderr.splitlines()
    return said


def test_nobody_at_the_address(project, monkeypatch):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://127.0.0.1:1")
    assert refusal(project).startswith("error: no Dask scheduler answers at tcp://127.0.0.1:1 (")


@pytest.mark.parametrize("address", ["head", "nonsense://head:1"])
def test_an_address_that_is_none(project, monkeypatch, address):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
    assert refusal(project).startswith(f"error: no Dask scheduler answers at {address} (")
