"""The numbers of a data card, counted from what was prepared."""

from collections.abc import Sequence
from typing import Any

import numpy as np

QUANTILES = {"min": 0, "p5": 5, "p25": 25, "median": 50, "p75": 75, "p95": 95, "max": 100}


def lengths(values: np.ndarray) -> dict[str, float]:
    """Order statistics and mean of (examples,) lengths; empty where there are none."""
    if not len(values):
        return {}
    levels = np.percentile(values, list(QUANTILES.values()), method="inverted_cdf")
    return {name: int(level) for name, level in zip(QUANTILES, levels, strict=True)} | {
        "mean": round(float(np.mean(values)), 2)
    }


def classes(labels: np.ndarray, names: Sequence[str]) -> dict[str, int]:
    """How many of each class there are among (examples,) labels."""
    counts = np.bincount(labels, minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=True)}


def share(part: Any, whole: Any) -> float:
    """A proportion, rounded for print."""
    return round(float(part) / float(whole), 5) if whole else 0.0
