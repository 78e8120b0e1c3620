"""`dvc repro`, with as many stages side by side as the machine or a cluster allows.

    python -m tools.repro [--jobs N] [STAGE ...]      without a stage: all

What changed runs first, side by side (tools/side_by_side). What measures times is left to a plain `dvc repro`, which
runs alone and has the last word. With --jobs 1 there is nothing but that.
"""

import argparse
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import yaml

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import locked
from tools.mend import mend
from tools.side_by_side.build import at_stop, build
from tools.side_by_side.machines import ADDRESS, jobs_here, machines
from tools.side_by_side.plan import BEFORE, alone, expected, note_order, plan, settle_order, without
from tools.side_by_side.progress import clock
from tools.side_by_side.work import leashed

STAGE = re.compile(r"(Running stage|Stage) '")  # how the line of each stage begins
UNCHANGED = re.compile(r"(Stage '.*' didn't change, skipping)?$")
LOCK = Path(".cache/repro.lock")


def repro(
    project: Path, targets: Sequence[str] = (), jobs: int | None = None, environment: Mapping[str, str] = os.environ
) -> int:
    """Bring a project up to date; gives the exit status of the `dvc repro` that has the last word.

    Args:
        targets: stages; none: all.
        jobs: how many stages side by side on this machine; None: what suits it.

    Raises:
        PipelineError: another one is at work there, DVC cannot read the graph, a stage failed.
        KeyboardInterrupt: at Ctrl-C, while stages run side by side.
    """
    jobs = jobs or jobs_here()
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(project / LOCK, wait=False))
        except BlockingIOError:
            raise PipelineError(f"another `make repro` is at work in {project.resolve()}: wait for it") from None
        mend(project)
        many = jobs > 1 or environment.get(ADDRESS)
        options = run_side_by_side(project, targets, jobs, environment) if many else None
        status = run([*(options or ()), *targets], project, environment, unchanged=options is None)
        if status == 0 and (project / BEFORE).exists():
            with heard():
                settle_order(project, environment)
        return status


def run_side_by_side(
    project: Path, targets: Sequence[str], jobs: int, environment: Mapping[str, str]
) -> list[str] | None:
    """Run what changed and may have others beside it; gives options for the `dvc repro` after it, None: nothing ran."""
    with heard():
        planned, seconds = plan(project, targets), expected(project)
    waits = without(planned, alone())
    if len(waits) < 2:
        return None
    address = environment.get(ADDRESS)
    note_order(project)
    with machines(project, jobs, environment) as found:
        where = f"at {address}" if address else "on this machine"
        print(f"{len(planned)} stages may have changed; {found.places()} at a time {where}", flush=True)
        build(project, waits, seconds, found, sum(seconds(stage) for stage in planned if stage not in waits))
    return ["--pull"] if found.folder is None else []


@contextmanager
def heard() -> Iterator[None]:
    """Hear a Ctrl-C that comes while a library of DVC's tidies up (`__del__`), where Python drops the exception."""
    dropped, before = [], sys.unraisablehook

    def hook(found: "sys.UnraisableHookArgs") -> None:
        if issubclass(found.exc_type, KeyboardInterrupt):
            dropped.append(found.exc_type)
        else:
            before(found)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before
    if dropped:
        raise KeyboardInterrupt


def stages(graph: Path) -> int:
    """How many stages a dvc.yaml describes, every variant of a matrix counted."""
    described = yaml.safe_load(graph.read_text(encoding="utf-8"))["stages"].values()
    return sum(math.prod(map(len, stage.get("matrix", {}).values())) for stage in described)


def run(arguments: Sequence[str], project: Path, environment: Mapping[str, str], unchanged: bool) -> int:
    """Run `dvc repro` in a project, its output shown as it comes, once no other DVC is at work there.

    Args:
        unchanged: name the stages that did not change, too.

    Returns:
        Its exit status, when DVC and its stages have ended.
    """
    command = ["dvc", "--wait-for-lock", "repro", *arguments]
    counted = sys.stdout.isatty() and unchanged and not arguments
    environment = {**environment, "PYTHONUNBUFFERED": "1"}
    total, done, started = stages(project / "dvc.yaml") if counted else 0, 0, time.monotonic()
    with (
        leashed(command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True) as process,
        at_stop(lambda: interrupt(process)),
    ):
        for line in process.stdout or ():
            if not unchanged and UNCHANGED.match(line):
                continue
            if counted and STAGE.match(line):
                done += 1
                line = f"[{done}/{total}, {clock(time.monotonic() - started)}] {line}"
            print(line, end="", flush=True)
        return process.wait()


def interrupt(process: subprocess.Popen) -> None:
    """Ctrl-C to a process and its group, which it leads."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)


def positive(text: str) -> int:
    """A number of jobs.

    Raises:
        PipelineError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise PipelineError(f"{text!r} is not a number of jobs: name one from 1 up")
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.repro", description="Rebuild what changed.")
    parser.add_argument("--jobs", type=positive, help="how many stages side by side (default: what suits the machine)")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help="and what they need (default: all)")
    arguments = parser.parse_args()
    sys.exit(repro(Path.cwd(), arguments.stages, arguments.jobs))


if __name__ == "__main__":
    run_stage(main)
