"""`rnn check`: a student's solution of a worksheet."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.answering.choice import enter_project
from pipeline.answering.lines import styled
from pipeline.answering.options import absolute
from pipeline.core.errors import PipelineError
from pipeline.declaration import Exercise
from pipeline.registry import FOLDER, exercises

NAME = "check"


def command(
    asked: Annotated[str, typer.Argument(metavar="EXERCISE", help="Its number on the sheet, or its name.")],
    file: Annotated[Path, typer.Argument(callback=absolute, help="Your Python file: the worksheet, or a part of it.")],
    train: Annotated[bool, typer.Option("--train", help="Then train it, track it in MLflow, and compare it.")] = False,
    seeds: Annotated[
        int | None, typer.Option(min=1, show_default=False, help="With --train: only so many seeds, which is faster.")
    ] = None,
) -> None:
    """Check your solution of a worksheet: a line for each thing that is wrong. worksheets/ has them.

    \b
    rnn check 5 my_pooling.py
    rnn check 5 my_pooling.py --train
    """
    if seeds and not train:
        raise typer.BadParameter("--seeds is for --train")
    enter_project()
    exercise = found(asked)
    if file.suffix != ".py" or not file.is_file():
        what = "is not a Python file" if file.exists() else "is missing"
        raise PipelineError(f"{file} {what}: give the .py file of your worksheet")
    from pipeline.checking.process import checked

    findings = checked(exercise.name, file)
    told = set()
    for finding in findings:
        if finding.problem in told:  # one mistake may fail several checks
            continue
        told |= {finding.problem} - {None}
        mark = styled("wrong", fg="red", bold=True) if finding.problem else styled("ok   ", fg="green")
        print(f"{mark}  {finding.problem or finding.title}")
    wrong = sum(finding.problem is not None for finding in findings)
    if wrong:
        raise PipelineError(f"{wrong} of {len(findings)} checks failed{', so nothing was trained' if train else ''}")
    print(f"all {len(findings)} checks passed", flush=True)
    if train:
        from pipeline.checking.variant import train as trained

        try:
            lines = trained(exercise, file, seeds)
        except KeyboardInterrupt:
            print("interrupted: the next call trains from the beginning", file=sys.stderr)
            raise typer.Exit(130) from None
        print(*lines, sep="\n")
        print(f"MLflow shows the run: make ui, experiment {exercise.name}, {file.stem} (student)")


def found(asked: str) -> Exercise:
    """The exercise of a number or name, if it has a worksheet.

    Raises:
        typer.BadParameter: there is none.
    """
    having = {name: one for name, one in exercises().items() if (FOLDER / name / "worksheet/checks.py").exists()}
    for name, exercise in having.items():
        if asked != "+" and (asked.lstrip("0") or asked[:1]) in (name, *re.split(", *", exercise.number)):
            return exercise
    known = ", ".join(f"{exercise.number} {name}" for name, exercise in having.items())
    raise typer.BadParameter(f"no worksheet of an exercise {asked!r}; there are: {known}")
