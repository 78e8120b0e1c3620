"""Dask clusters on this machine, started by the commands of docs/clusters.md."""

import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.long.copies import free_port

PAGE = Path(__file__).parents[1] / "docs/clusters.md"


def command(name: str) -> list[str]:
    """A line of the page, by how it begins, for the Dask of this Python, on loopback."""
    (line,) = {line.strip() for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"    {name}")}
    return [str(Path(sys.executable).parent / "dask"), *shlex.split(line)[1:], "--host", "127.0.0.1"]


@contextmanager
def running(words: list[str], folder: Path, **options: Mapping[str, str]) -> Iterator[subprocess.Popen]:
    """A process with a log of its own, ended with the block."""
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
    words[words.index("127.0.0.1:8787")] = "127.0.0.1:0"
    with running(words, folder, **options) as process:
        yield f"{protocol}://127.0.0.1:{port}", process


@contextmanager
def worker(
    address: str, folder: Path, *more: str, without: Path | None = None, **options: Mapping[str, str]
) -> Iterator[subprocess.Popen]:
    """A worker in a folder; it does not see the folder `without`, as if that were another machine's."""
    words = command("dask worker")
    words[words.index("tls://head:8786")] = address
    words += more
    if without:
        words = [*ELSEWHERE, f'mount -t tmpfs none "{without}" && exec "$@"', "sh", *words]
    with running(words, folder, **options) as process:
        yield process


ELSEWHERE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def elsewhere_works() -> bool:
    """Whether this machine lets a process have a view of the disk of its own."""
    with suppress(FileNotFoundError):
        return subprocess.run([*ELSEWHERE, "mount -t tmpfs none /mnt"], capture_output=True).returncode == 0
    return False
