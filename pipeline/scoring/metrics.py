"""Test metrics: how each is computed from predictions, and how it is written for people.

An exercise's declaration names its metrics, so this module imports nothing slow: the command line, which reads all
declarations, would wait for it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pipeline.scoring.entities import entity_counts, precision_recall_f1

if TYPE_CHECKING:
    import pyarrow as pa

AGAIN = "remove it and run `dvc repro`"
PARTS = 10_000  # of one, in sums of numbers that are not counts


@dataclass(frozen=True)
class Metric:
    """How a test metric is computed from predictions, and how it is written for people."""

    gold: tuple[str, ...]  # columns that depend on the example alone
    output: str  # the column that depends on the model
    statistics: Callable[["pa.Table"], np.ndarray]  # -> (rows, k) integers that add up over rows
    score: Callable[[np.ndarray], np.ndarray]  # summed statistics (..., k) -> (...)
    unit: str  # of the numbers in JSON
    axis: str  # name and unit in figures
    points: str  # unit of a difference in figures and in words
    scale: float  # from the unit in JSON to that of figures and words
    curve: str  # column of the training history: how validation went; it is scaled as the score is,
    curve_axis: str  # its name and unit in figures,
    curve_falls: bool = False  # and whether lower is better
    falls: bool = False  # whether a lower score is better
    digits: int = 1  # decimals of a score in figures and words


def _accuracy_statistics(table: "pa.Table") -> np.ndarray:
    right = (table["label"].to_numpy() == table["prediction"].to_numpy()).astype(np.int64)
    return np.stack([right, np.ones_like(right)], axis=1)


def _accuracy_at(length: int, table: "pa.Table") -> np.ndarray:
    """Accuracy over one of several test sets, named by the length of its sequences."""
    return _accuracy_statistics(table) * (table["length"].to_numpy() == length)[:, None]


def _squared_error_statistics(table: "pa.Table") -> np.ndarray:
    error = table["prediction"].to_numpy() - table["value"].to_numpy()
    return np.stack([_integers(error**2), np.ones(len(error), np.int64)], axis=1)


def _nats_statistics(table: "pa.Table") -> np.ndarray:
    return np.stack([_integers(table["nats"].to_numpy()), table["tokens"].to_numpy().astype(np.int64)], axis=1)


def _integers(values: np.ndarray) -> np.ndarray:
    """In units of PARTS: integers add up to the same in any order."""
    if not np.isfinite(values).all():
        raise ValueError("a value is not finite")
    return np.round(values * PARTS).astype(np.int64)


def _entity_statistics(table: "pa.Table") -> np.ndarray:
    tags = json.loads((table.schema.metadata or {})[b"tags"])
    return entity_counts(table["gold"].to_pylist(), table["predicted"].to_pylist(), tags).sum(axis=1)


def _bleu_statistics(table: "pa.Table") -> np.ndarray:
    from pipeline.scoring.translation import bleu_statistics  # sacreBLEU, only where there is something to score

    return bleu_statistics(table["hypothesis"].to_pylist(), table["reference"].to_pylist())


def _bleu_scores(sums: np.ndarray) -> np.ndarray:
    from pipeline.scoring.translation import bleu_scores

    return bleu_scores(sums)


def accuracy_at(length: int, name: str) -> Metric:
    """Accuracy over one of several test sets, which the column `length` tells apart.

    Args:
        name: what is in that test set, for axes.
    """
    return replace(
        METRICS["accuracy"],
        gold=("length", "label"),
        statistics=partial(_accuracy_at, length),
        axis=f"test accuracy, {name} (%)",
    )


def root_mean_squared_error(unit: str, points: str) -> Metric:
    """The error of forecasts of one value a year.

    Args:
        unit: of the values.
        points: what they count, in the plural.
    """
    return Metric(
        gold=("year", "value"),
        output="prediction",
        statistics=_squared_error_statistics,
        score=lambda sums: np.sqrt(sums[..., 0] / PARTS / sums[..., 1]),
        unit=unit,
        axis=f"test RMSE ({unit})",
        points=points,
        scale=1,
        curve="validation_rmse",
        curve_axis=f"validation RMSE ({unit})",
        curve_falls=True,
        falls=True,
    )


METRICS = {
    "accuracy": Metric(
        gold=("label",),
        output="prediction",
        statistics=_accuracy_statistics,
        score=lambda sums: sums[..., 0] / sums[..., 1],
        unit="fraction, 0 to 1",
        axis="test accuracy (%)",
        points="percentage points",
        scale=100,
        curve="validation_accuracy",
        curve_axis="validation accuracy (%)",
    ),
    "f1": Metric(
        gold=("gold",),
        output="predicted",
        statistics=_entity_statistics,
        score=lambda sums: precision_recall_f1(sums)[2],
        unit="fraction, 0 to 1",
        axis="test entity F1 (%)",
        points="F1 points",
        scale=100,
        curve="validation_f1",
        curve_axis="validation entity F1 (%)",
    ),
    "bleu": Metric(
        gold=("source", "reference"),
        output="hypothesis",
        statistics=_bleu_statistics,
        score=_bleu_scores,
        unit="BLEU, 0 to 100",
        axis="test BLEU (0 to 100)",
        points="BLEU points",
        scale=1,
        curve="validation_perplexity",
        curve_axis="validation perplexity",
        curve_falls=True,
    ),
    "nats": Metric(
        gold=("tokens",),
        output="nats",
        statistics=_nats_statistics,
        score=lambda sums: sums[..., 0] / PARTS / sums[..., 1],
        unit="nats a token",
        axis="test cross-entropy (nats a token)",
        points="nats",
        scale=1,
        digits=3,
        curve="validation_loss",
        curve_axis="validation cross-entropy (nats)",
        curve_falls=True,
        falls=True,
    ),
}
