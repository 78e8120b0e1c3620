"""What a Dask worker does: it has DVC run one stage.

These functions travel to the workers by value: a worker needs no module of this project to run them.
"""

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path

import psutil

CHANGED = " with changes"
LEASH = "read _; kill -KILL -$0"  # `read` ends when whoever holds the other end of the pipe does, even by kill -9


@contextmanager
def leashed(command: list[str], **options: object) -> Iterator[subprocess.Popen]:
    """A process in a group of its own, which ends, with all that it started, when the block or this process does."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)  # type: ignore
    leash = subprocess.Popen(["sh", "-c", LEASH, str(process.pid)], stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what outlived it
        process.wait()
        leash.kill()
        leash.wait()
        leash.stdin.close()  # type: ignore[union-attr]


def reproduce(
    stage: str, folder: str | None, variables: Mapping[str, str], signature: Mapping[str, str] | None
) -> tuple[int, float, str]:
    """Run one stage by DVC.

    Args:
        folder: the project on the disk that all share; None: the clone in which the worker was started, which takes
            its data from the DVC remote and leaves its results there.
        variables: of the environment, such as MLFLOW_TRACKING_URI.
        signature: what the worker must be like; None: it is the machine on which `make repro` runs.

    Returns:
        DVC's exit status, the seconds it took, and what was printed.
    """
    began = time.monotonic()
    if signature is not None and (found := describe(folder)) != signature:
        return 1, 0.0, f"{socket.gethostname()}: {difference(signature, found)}"
    root = Path(folder or os.getcwd())
    log = root / "logs" / f"{stage}.log"
    log.parent.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    environment |= variables
    commands = [["dvc", "--wait-for-lock", "repro", "--single-item", stage]]
    if folder is None:
        commands = [["dvc", "repro", "--pull", stage], [sys.executable, "-c", PUSH]]
    code = 0
    with log.open("wb") as stream:
        for command in commands:
            if code == 0:
                with leashed(command, cwd=root, env=environment, stdout=stream, stderr=subprocess.STDOUT) as process:
                    code = process.wait()
    return code, time.monotonic() - began, log.read_text(encoding="utf-8", errors="replace")


# `dvc push --run-cache`, with the files that git holds instead of DVC's cache, which that leaves out
PUSH = """
from dvc.repo import Repo
with Repo(_wait_for_lock=True) as repo, repo.lock:
    for store, objects in repo.stage_cache.get_used_objs(repo.stage_cache.push(None)).items():
        repo.cloud.push(objects, odb=store)
"""


def interrupt(told: list[str]) -> list[str]:
    """Ctrl-C to every stage of this worker, once; gives `told` with those that it reached."""
    for child in psutil.Process().children():
        with suppress(psutil.Error, ProcessLookupError):
            name = f"{socket.gethostname()} {child.pid}"
            if name not in told and "repro" in child.cmdline():
                os.killpg(child.pid, signal.SIGINT)
                told = [*told, name]
    return told


def describe(folder: str | None) -> dict[str, str]:
    """What must be the same on all machines for the same bytes: the code, the packages, the kind of processor."""
    root = Path(folder or os.getcwd())

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True).stdout.strip()

    pins = (root / "requirements.lock").read_text(encoding="utf-8") if (root / "requirements.lock").exists() else ""
    names = re.findall(r"^([\w.-]+)==", pins, flags=re.MULTILINE)
    have = []
    for name in names:
        with suppress(metadata.PackageNotFoundError):
            have.append(f"{name}=={metadata.version(name)}")
    information = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    vendor = re.search(r"^vendor_id\s*: (.*)$", information, flags=re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*: (.*)$", information, flags=re.MULTILINE)
    features = sorted(
        flag for flag in (flags[1].split() if flags else ()) if re.match("avx|amx|fma|f16c|sve|bf16", flag)
    )
    with suppress(FileNotFoundError):
        cards = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True).stdout
        features += sorted(set(re.findall(r": (.*) \(UUID", cards)))
    results = (":!dvc.lock", ":!metrics")  # what stages write
    changed = git("status", "--porcelain", "--", ".", *results) if folder is None else ""
    return {
        "revision": git("rev-parse", "HEAD") + (CHANGED if changed else ""),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "packages": hashlib.sha256("\n".join([pins, *have]).encode()).hexdigest()[:12],
        "processor": " ".join([vendor[1] if vendor else os.uname().machine, *features]),
    }


def difference(wanted: Mapping[str, str], found: Mapping[str, str]) -> str:
    """In words, the first thing that is not the same."""
    name = next(name for name in wanted if found.get(name) != wanted[name])
    if name == "processor":
        ours, theirs = set(wanted[name].split()), set(found[name].split())
        more, less = " ".join(sorted(theirs - ours)), " ".join(sorted(ours - theirs))
        return f"another kind of processor{f', with {more}' if more else ''}{f', without {less}' if less else ''}"
    return f"another {name}: {found.get(name) or 'none'} instead of {wanted[name]}"
