"""Stages on the workers of a Dask cluster: real schedulers and workers on loopback, with the toy project."""

import os
import subprocess
from contextlib import ExitStack, contextmanager

import psutil
import pytest

from tests.clusters import elsewhere_works, scheduler, worker
from tests.tools.test_side_by_side import (
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

USER = ["-c", "user.name=t", "-c", "user.email=t@example.org"]


def git(folder, *arguments):
    return subprocess.run(
        ["git", *USER, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


@contextmanager
def shared(project, monkeypatch, workers=2):
    """Workers that see the project's folder."""
    with ExitStack() as stack:
        address = stack.enter_context(scheduler(project.parent))
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
        yield [stack.enter_context(worker(address, project.parent)) for _ in range(workers)]


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
        address = stack.enter_context(scheduler(project.parent))
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


def test_a_shared_disk(project, tmp_path, monkeypatch):  # noqa: F811
    plain = plain_dvc(tmp_path / "plain")
    with shared(project, monkeypatch) as workers:
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


@pytest.mark.parametrize(("workers", "threads"), [(2, 1), (1, 2)])
def test_no_shared_disk(project, tmp_path, monkeypatch, workers, threads):  # noqa: F811
    plain = plain_dvc(tmp_path / "plain")
    with clones(project, monkeypatch, workers, threads) as folders:
        done = repro(project)
        print(done.stdout, done.stderr)
    assert done.stdout.startswith("15 stages may have changed; 2 at a time at tcp://127.0.0.1:")
    assert contents(project) == contents(plain)
    assert ran(project) == []
    assert sorted(name for folder in folders for name in ran(folder)) == sorted(ran(plain))
