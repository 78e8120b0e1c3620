"""Numbers that are written as text, and how a text is shown in an error."""

import json

import numpy as np

from pipeline.core.errors import PipelineError


def numbers(text: str) -> list[float]:
    """Numbers divided by spaces, or a JSON array of them.

    Raises:
        PipelineError: the text is something else, or one of the numbers is not finite.
    """
    try:
        found = [float(number) for number in json.loads(text)] if "[" in text else [float(n) for n in text.split()]
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise PipelineError(f"{shown(text)} is not numbers divided by spaces, nor a JSON array of numbers") from None
    if not np.isfinite(found).all():
        raise PipelineError(f"{shown(text)} holds a number that is not finite")
    return found


def shown(text: str) -> str:
    """The beginning of a text, in quotes."""
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
