"""The student's file: it is loaded here, and what goes wrong in it is told in one line. For child processes only."""

import importlib.util
import random
import re
import sys
import textwrap
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from pipeline.checking.checks import Check, Wrong, title

NAME = "student"  # of the module: cells under `if __name__ == "__main__"` do not run
EMPTY = re.compile(r"(?:blank|hueco) \d+")  # what an empty blank of a worksheet raises


def load(file: Path) -> ModuleType:
    """Run the student's file and give its module.

    Raises:
        Wrong: it cannot be run.
    """
    spec = importlib.util.spec_from_file_location(NAME, file)
    if spec is None or spec.loader is None:
        raise Wrong(f"{file.name} is not a Python file: give a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module  # dataclasses look their module up there
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))  # for the student's other files
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise Wrong(explained(error, file)) from None
    return module


def findings(checks: Sequence[Check], module: ModuleType, file: Path) -> Iterator[str | None]:
    """What each check says of the module of the student's file, in their order; None where nothing is wrong."""
    for check in checks:
        for seed in (torch.manual_seed, np.random.seed, random.seed):
            seed(0)
        try:
            check(module)
        except Wrong as wrong:
            yield str(wrong)
        except (Exception, SystemExit) as error:
            problem = explained(error, file)
            yield problem if is_empty(error) else f"{title(check)}: {problem}"
        else:
            yield None


def is_empty(error: BaseException) -> bool:
    """Whether an empty blank of a worksheet raised it."""
    return isinstance(error, NotImplementedError) and EMPTY.fullmatch(str(error)) is not None


def explained(error: BaseException, file: Path) -> str:
    """An error of the student's code in one line, with the line of the file where it arose."""
    if isinstance(error, SyntaxError):
        name = Path(error.filename).name if error.filename else file.name  # it may be a file that theirs imports
        where = f"{name} line {error.lineno}" if error.lineno else name
        return f"{where}: this is not Python ({error.msg})"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    # An error of another process brings its traceback along as text.
    lines += map(int, re.findall(rf'File "{re.escape(str(file))}", line (\d+)', str(error.__cause__ or "")))
    where = f"{file.name} line {lines[-1]}" if lines else file.name
    if is_empty(error):
        return f"{where}: {error} is still empty"
    if isinstance(error, SystemExit):
        return f"{where}: it ends the program (exit): take that out"
    text = textwrap.shorten(str(error), 200, placeholder=" ...")
    seen = f"{type(error).__name__}{': ' if text else ''}{text}"
    return f"{where}: {seen}" if lines else f"what {where} gave could not be used: {seen}"
