"""Dask clusters on this machine, started by the commands of docs/clusters.md."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.tracking.server import free_port

PAGE = Path(__file__).parents[1] / "docs/clusters.md"


def line(begins: str) -> str:
    """A line of the page, by how it begins."""
    (found,) = {line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"    {begins} ")}
    return found.strip()


def command(begins: str) -> list[str]:
    """A command of the page, for the Dask of this Python, on loopback."""
    return [str(Path(sys.executable).parent / "dask"), *shlex.split(line(begins))[1:], "--host", "127.0.0.1"]


def block(language: str, holds: str) -> str:
    """A block of the page, by a word in it."""
    blocks = PAGE.read_text(encoding="utf-8").split(f"```{language}\n")[1:]
    (found,) = [text for text in (after.split("```")[0] for after in blocks) if holds in text]
    return found


def other_packages(folder: Path) -> dict[str, str]:
    """The environment of a process that finds another version of a package, by a made-up one in the folder."""
    package = folder / "packages/tqdm-0.1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: tqdm\nVersion: 0.1\n")
    return os.environ | {"PYTHONPATH": str(package.parent)}


@contextmanager
def running(words: list[str], folder: Path, **options: Mapping[str, str]) -> Iterator[subprocess.Popen]:
    """A process with a log of its own, ended with the block; it finds no module of this project, as at a user's."""
    options = {"env": {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **options}
    with (folder / f"{Path(words[0]).name}_{free_port()}.log.tmp").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, start_new_session=True, **options)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        finally:
            process.kill()


@contextmanager
def scheduler(
    folder: Path, protocol: str = "tcp", **options: Mapping[str, str]
) -> Iterator[tuple[str, subprocess.Popen]]:
    """The address of a scheduler, and its process; workers may come before it listens."""
    words, port = command("dask scheduler"), str(free_port())
    words[words.index("8786")] = port
    words[words.index("tls")] = protocol
    words[words.index("127.0.0.1:8787")] = "127.0.0.1:0"
    with running(words, folder, **options) as process:
        yield f"{protocol}://127.0.0.1:{port}", process


ELSEWHERE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


@contextmanager
def worker(
    address: str, folder: Path, *more: str, mount: str = "", **options: Mapping[str, str]
) -> Iterator[subprocess.Popen]:
    """A worker in a folder, with a view of the disk of its own if something is mounted for it alone."""
    words = command("dask worker")
    words[words.index("tls://head:8786")] = address
    words += more
    if mount:
        words = [*ELSEWHERE, f'mount {mount} && exec "$@"', "sh", *words]
    with running(words, folder, **options) as process:
        yield process


def hidden(folder: Path) -> str:
    """Mount this, and the folder is empty, as if it were on another machine's disk."""
    return f"-t tmpfs none '{folder}'"


def elsewhere_works() -> bool:
    """Whether this machine lets a process have a view of the disk of its own."""
    with suppress(FileNotFoundError):
        return subprocess.run([*ELSEWHERE, "mount -t tmpfs none /mnt"], capture_output=True).returncode == 0
    return False


@contextmanager
def shared(project: Path, monkeypatch: pytest.MonkeyPatch, workers: int = 2) -> Iterator[list[subprocess.Popen]]:
    """The scheduler that DASK_SCHEDULER_ADDRESS names from here on, and workers that see the project's folder."""
    with ExitStack() as stack:
        address, process = stack.enter_context(scheduler(project.parent))
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
        yield [process, *(stack.enter_context(worker(address, project.parent)) for _ in range(workers))]
