"""Scores of single-label classification."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy


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


def scores(logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Mean cross-entropy (nats) and accuracy.

    Args:
        logits: (examples, classes) float32.
        labels: (examples,) int64.
    """
    loss = cross_entropy(torch.from_numpy(logits), torch.from_numpy(labels)).item()
    return {"loss": loss, "accuracy": float((logits.argmax(1) == labels).mean())}
