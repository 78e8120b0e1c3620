"""Scores of single-label classification."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def confusion(gold: np.ndarray, guesses: np.ndarray, labels: Sequence[str]) -> dict[str, Any]:
    """What was taken for what.

    Args:
        gold, guesses: (examples,) int, indices into `labels`.

    Returns:
        {"labels": ..., "counts": a row for each class, a column for each guess}.
    """
    size = len(labels)
    counts = np.bincount(size * gold.astype(np.int64) + guesses, minlength=size * size).reshape(size, size)
    return {"labels": list(labels), "counts": counts.tolist()}
