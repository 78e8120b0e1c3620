"""What a Dask worker does: it has DVC run one stage.

These functions travel to the workers by value: a worker needs no module of this project to run them.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil
from distributed import get_worker

CHANGED = " with changes"
SOME = 6  # differences that are named
LOOK = 0.5  # seconds between two looks at whether a stage is still wanted
MARK = ".cache/disk.tmp"  # whoever reads there what `make repro` has written sees its disk
LEASH = "read _; kill -KILL -$0"  # `read` ends when whoever holds the other end of the pipe does, even by kill -9


@contextmanager
def leashed(command: list[str], **options: object) -> Iterator[subprocess.Popen]:
    """A process in a group of its own; the group ends when the block does, or this process."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)  # type: ignore
    leash = None
    try:
        leash = subprocess.Popen(["sh", "-c", LEASH, str(process.pid)], stdin=subprocess.PIPE, start_new_session=True)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what outlived it
        process.wait()
        if leash is not None:
            leash.kill()
            leash.wait()
            leash.stdin.close()  # type: ignore[union-attr]


def reproduce(
    stage: str, folder: str | None, variables: Mapping[str, str], signature: Mapping[str, str] | None
) -> tuple[int | None, float, str]:
    """Run one stage by DVC.

    Args:
        folder: the project on the disk that all share; None: the clone in which the worker was started, which takes
            its data from the DVC remote and leaves its results there.
        variables: of the environment, such as MLFLOW_TRACKING_URI.
        signature: what the worker must be like; None: it is the machine on which `make repro` runs.

    Returns:
        DVC's exit status, the seconds it took, and what was printed. Or None, no seconds, and the worker's address
        with what it has that it must not have: it came after the others were compared.
    """
    began = time.monotonic()
    if signature is not None and (found := describe(folder)) != signature:
        return None, 0.0, f"{get_worker().address} has {difference(signature, found)}"
    if folder is None and get_worker().state.nthreads > 1:
        return None, 0.0, f"{get_worker().address} has several threads for one clone"
    root = Path(folder or os.getcwd())
    log = root / "logs" / f"{stage}.log"
    log.parent.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    environment |= variables
    forget = []
    if (in_use := root / ".dvc/tmp/rwlock").exists() and f' {stage}"' in in_use.read_text(encoding="utf-8"):
        forget = [[sys.executable, "-c", FORGET, stage]]
    commands = [*forget, [sys.executable, "-c", DVC, "--wait-for-lock", "repro", "--single-item", stage]]
    if folder is None:
        mend = [sys.executable, "-m", "tools.mend"]  # first: what a build that was stopped left may be cut short
        commands = [mend, *forget, ["dvc", "repro", "--pull", stage], [sys.executable, "-c", PUSH]]
    code = 0
    with log.open("wb") as stream:
        for command in commands:
            if code == 0:
                with leashed(command, cwd=root, env=environment, stdout=stream, stderr=subprocess.STDOUT) as process:
                    while (status := process.poll()) is None and still_wanted():
                        with suppress(subprocess.TimeoutExpired):
                            process.wait(LOOK)
                    code = -signal.SIGKILL if status is None else status
    return code, time.monotonic() - began, log.read_text(encoding="utf-8", errors="replace")


def still_wanted() -> bool:
    """Whether anybody waits for this thread's task: not when `make repro` has gone, nor when this worker is ending."""
    worker = get_worker()
    task = worker.state.tasks.get(worker.get_current_task())
    return worker.status.name in ("running", "paused") and task is not None and task.state == "executing"


# `dvc`, which looks for its lock every 0.02 seconds instead of every 0.5: many stages wait for it at the same time
DVC = """
import sys
import dvc.lock
dvc.lock.DEFAULT_TIMEOUT = 0.12  # seconds, in which it looks six times
from dvc.cli import main
sys.exit(main(sys.argv[1:]))
"""

# Nobody else runs the stage: if DVC has it as running, a worker that was killed left that. DVC itself would look for a
# process of that number, which on another machine is another one.
FORGET = """
import sys
from dvc.repo import Repo
from dvc.rwlock import _edit_rwlock
own = lambda one: one["cmd"].endswith(f" {sys.argv[1]}")
with Repo(_wait_for_lock=True) as repo, repo.lock:
    hardlink = repo.config["core"].get("hardlink_lock", False)
    with _edit_rwlock(repo.tmp_dir, repo.fs, hardlink) as lock:
        lock["write"] = {path: one for path, one in lock["write"].items() if not own(one)}
        lock["read"] = {path: [one for one in several if not own(one)] for path, several in lock["read"].items()}
"""

# `dvc push --run-cache`, with the files that git holds instead of DVC's cache, which that leaves out
PUSH = """
from dvc.repo import Repo
with Repo(_wait_for_lock=True) as repo, repo.lock:
    for store, objects in repo.stage_cache.get_used_objs(repo.stage_cache.push(None)).items():
        repo.cloud.push(objects, odb=store)
"""


def interrupt(stages: Collection[str], folder: str | None, times: int, told: list[str], dask_worker: Any) -> list[str]:
    """Ctrl-C to these stages of a build on this worker, on which there may be others'.

    Args:
        folder: as for `reproduce`.
        times: how often it was asked for: a stage gets it so many times.
        told: who has got it.

    Returns:
        `told` with those that it reached now.
    """
    for child in psutil.Process().children():
        with suppress(psutil.Error, ProcessLookupError):
            name, command = f"{times} {dask_worker.address} {child.pid}", child.cmdline()
            ours = "repro" in command and command[-1] in stages and folder in (None, child.cwd())
            if ours and name not in told:
                os.killpg(child.pid, signal.SIGINT)
                told = [*told, name]
    return told


def mark_in(folder: str) -> str:
    """What `make repro` has written into the project's folder for those who see its disk; nothing, for others."""
    with suppress(OSError):
        return Path(folder, MARK).read_text(encoding="utf-8")
    return ""


def describe(folder: str | None) -> dict[str, str]:
    """What must be the same on all machines for the same bytes: disk or code, packages, processor."""
    root = Path(folder or os.getcwd())

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True).stdout.strip()

    pins = (root / "requirements.lock").read_text(encoding="utf-8") if (root / "requirements.lock").exists() else ""
    packages = []
    for name in re.findall(r"^([\w.-]+)==", pins, flags=re.MULTILINE):
        with suppress(metadata.PackageNotFoundError):
            packages.append(f"{name}=={metadata.version(name)}")
    information = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    vendor = re.search(r"^vendor_id\s*: (.*)$", information, flags=re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*: (.*)$", information, flags=re.MULTILINE)
    features = sorted(
        flag for flag in (flags[1].split() if flags else ()) if re.match("avx|amx|fma|f16c|sve|bf16", flag)
    )
    with suppress(FileNotFoundError):
        cards = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True).stdout
        features += sorted(set(re.findall(r": (.*) \(UUID", cards)))
    described = {
        **({} if folder is None else {"disk": mark_in(folder)}),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "packages": " ".join(packages),
        "processor": " ".join([vendor[1] if vendor else os.uname().machine, *features]),
    }
    if folder is None:
        results = (":!dvc.lock", ":!metrics")  # what stages write
        changed = git("status", "--porcelain", "--", ".", *results)
        described["revision"] = git("rev-parse", "HEAD") + (CHANGED if changed else "")
    return described


def difference(wanted: Mapping[str, str], found: Mapping[str, str]) -> str:
    """In words, the first thing that is not the same."""
    name = next(name for name in wanted if found.get(name) != wanted[name])
    if name == "disk":
        return "no view of this project's disk"
    if name in ("python", "revision"):
        return f"another {name}: {found.get(name) or 'none'} instead of {wanted[name]}"
    ours, theirs = set(wanted[name].split()), set(found[name].split())
    more, less = " ".join(sorted(theirs - ours)[:SOME]), " ".join(sorted(ours - theirs)[:SOME])
    what = "other packages" if name == "packages" else "another kind of processor"
    return f"{what}{f', with {more}' if more else ''}{f', without {less}' if less else ''}"
