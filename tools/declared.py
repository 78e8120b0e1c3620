"""The exercises, for tools that a mistake in one of their modules must not stop with a traceback."""

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.errors import PipelineError
from pipeline.registry import exercises
from tools.closure import ROOT

if TYPE_CHECKING:
    from pipeline.declaration import Exercise


def declared() -> "dict[str, Exercise]":
    """Every exercise by name, as the registry finds it.

    Raises:
        PipelineError: a declaration is wrong, or a module that it needs cannot be imported: which line, and why.
    """
    try:
        return exercises()
    except PipelineError:
        raise
    except SyntaxError as error:
        raise PipelineError(f"{_from_root(error.filename)} line {error.lineno} is not Python: {error.msg}") from None
    except Exception as error:
        ours = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(frame.filename)]
        where = f"{_from_root(ours[-1].filename)} line {ours[-1].lineno}"
        raise PipelineError(f"{where}: {type(error).__name__}: {error}") from None


def _is_ours(file: str) -> bool:
    return Path(file).is_relative_to(ROOT / "pipeline")


def _from_root(file: str | None) -> str:
    return Path(file).relative_to(ROOT).as_posix() if file and _is_ours(file) else str(file)
