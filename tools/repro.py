"""`dvc repro` that shows its progress on a terminal: the stage's number, how many there are, and the time so far.

    python -m tools.repro [arguments of dvc repro]

Where the output is not a terminal, it is DVC's own.
"""

import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import yaml

from pipeline.core.errors import run_stage

STAGE = re.compile(r"(Running stage|Stage) '")  # how the line of each stage begins


def stages(graph: Path) -> int:
    """How many stages a dvc.yaml describes, every variant of a matrix counted."""
    described = yaml.safe_load(graph.read_text(encoding="utf-8"))["stages"].values()
    return sum(math.prod(map(len, stage.get("matrix", {}).values())) for stage in described)


def run(
    *arguments: str, project: Path = Path(), environment: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess:
    """Run it in a project, its output shown as it comes; returns when DVC and its stages have ended, and not before."""
    command = ["dvc", "repro", *arguments]
    counted = sys.stdout.isatty()
    environment = {**environment, "PYTHONUNBUFFERED": "1"} if counted else environment
    total, done, started = stages(project / "dvc.yaml") if counted else 0, 0, time.monotonic()
    with ended_by_children():
        process = subprocess.Popen(
            command, cwd=project, env=environment, stdout=subprocess.PIPE if counted else None, text=True
        )
        for line in process.stdout or ():
            if STAGE.match(line):
                done += 1
                minutes, seconds = divmod(round(time.monotonic() - started), 60)
                line = f"[{done}/{total}, {minutes}:{seconds:02}] {line}"
            print(line, end="", flush=True)
        return subprocess.CompletedProcess(command, process.wait())


@contextmanager
def ended_by_children() -> Iterator[None]:
    """Let DVC end first: Ctrl-C reaches DVC and its stages as well; SIGTERM does not, so it is passed on to them."""

    def pass_on(*_: object) -> None:
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.send_signal(signal.SIGINT)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    run_stage(lambda: sys.exit(run(*sys.argv[1:]).returncode))
