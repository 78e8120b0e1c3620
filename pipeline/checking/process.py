"""A student's file is run in a process of its own, with the student's rights and a time limit."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.core.errors import PipelineError

LIMIT = 60.0  # seconds for all checks of a worksheet, which take about five
ROOT = Path(__file__).parents[2]


class Finding(NamedTuple):
    """What a check says."""

    title: str  # what was looked at
    problem: str | None  # a line, if something is wrong


def checked(exercise: str, file: Path, limit: float = LIMIT) -> list[Finding]:
    """Run the checks of an exercise's worksheet on a student's file.

    Args:
        limit: seconds after which the process is ended.

    Returns:
        A finding for each check, in their order. A file that cannot be run, or that ends or holds up the process, has
        that as its last finding.
    """
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as scratch:
        report = Path(folder, "report.jsonl")
        report.touch()
        code = run("pipeline.checking.child", [exercise, str(file), str(report)], limit, Path(scratch))
        rows = [*_rows(report)]
    started = any("started" in row for row in rows)
    titles = [row["begins"] for row in rows if "begins" in row]
    problems = [row["problem"] for row in rows if "problem" in row]
    found = [Finding(title, problem) for title, problem in zip(titles, problems, strict=False)]
    if not any("done" in row for row in rows):
        if not started:
            why = f"(exit code {code}): see that `make setup` has run"
            if code is None:
                why = f"within {limit:g} s: is the machine busy?"
            raise PipelineError(f"the checks could not begin {why}")
        what = titles[-1] if titles else "the file"
        if code is None:
            ending = f"not done after {limit:g} s: is there a loop that never ends?"
        else:
            ending = f"the process ended in the middle (exit code {code}): does the code call exit, or take all memory?"
        found.append(Finding(what, f"{what}: {ending}"))
    return found


def _rows(report: Path) -> Iterator[dict[str, Any]]:
    """What the process has reported, up to a line that was cut, as a full disk does it."""
    for line in report.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def run(module: str, arguments: list[str], limit: float, scratch: Path | None = None) -> int | None:
    """Run a module of this project in a process of its own.

    Args:
        limit: seconds after which it is ended, with the processes of its group.
        scratch: a folder to run in, so that it finds nothing of the user's there; what it prints is dropped then.

    Returns:
        Its exit code; None if it was ended.
    """
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    stream = subprocess.DEVNULL if scratch else None
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        cwd=scratch, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True,
    )  # fmt: skip
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
