"""One question of the sheet, answered by comparing variants of an exercise on its test set."""

import math
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.core.params import Evaluation
from pipeline.scoring.bootstrap import paired_bootstrap, verdict
from pipeline.scoring.metrics import AGAIN, METRICS, Metric, Predictions, read_predictions

ROUNDING = 1e-4  # of a score shown with three decimals: how far a metrics file may be from its predictions
TRAIN = "run `dvc repro` to train them alike"


@dataclass(frozen=True)
class Comparison:
    """A row of the table in `evaluate`: each pair is (a, b), and the difference is a minus b."""

    name: str
    exercise: str
    metric: str
    question: str
    pairs: tuple[tuple[str, str], ...]

    @property
    def variants(self) -> list[str]:
        """Every variant of the pairs once; what others are compared against comes first."""
        return list(dict.fromkeys(name for a, b in self.pairs for name in (b, a)))


def interval_key(confidence: float) -> str:
    """The key of an interval in metrics/evaluation.json: "ci95" at a confidence of 0.95."""
    return f"ci{100 * confidence:g}"


def compare(comparison: Comparison, settings: Evaluation) -> dict[str, Any]:
    """Read the variants' metrics and predictions and compare them.

    Returns:
        The comparison's entry in metrics/evaluation.json, in the metric's `unit`.

    Raises:
        PipelineError: an input is missing, damaged or holds no number, or inputs do not belong together:
            another edition, other seeds, other test examples, scores that are not those of the predictions.
    """
    metric = METRICS[comparison.metric]
    editions, scores, predictions = {}, {}, {}
    for variant in comparison.variants:
        editions[variant], scores[variant] = _read_metrics(comparison, variant)
        path = Path(f"data/predictions/{comparison.exercise}/{variant}.parquet")
        predictions[variant] = read_predictions(path, metric)
        _check_scores(comparison, variant, scores[variant], predictions[variant], metric)
    first = comparison.variants[0]
    for variant in comparison.variants[1:]:
        pair = f"{comparison.exercise}: {first} and {variant}"
        if editions[variant] != editions[first]:
            raise PipelineError(f"{pair} have different editions ({editions[first]}, {editions[variant]}); {TRAIN}")
        if list(scores[variant]) != list(scores[first]):
            raise PipelineError(
                f"{pair} have different seeds ({_list(scores[first])}; {_list(scores[variant])}); {TRAIN}"
            )
        if not predictions[variant].gold.equals(predictions[first].gold):
            raise PipelineError(f"{pair} were tested on different examples; {TRAIN}")

    differences = []
    for a, b in comparison.pairs:
        difference = paired_bootstrap(
            predictions[a].statistics,
            predictions[b].statistics,
            metric.score,
            settings.bootstrap_samples,
            settings.confidence,
        )
        differences.append(
            {
                "a": a,
                "b": b,
                "delta": difference.delta,
                interval_key(settings.confidence): [difference.low, difference.high],
                "p": difference.p,
                "verdict": verdict(
                    a,
                    b,
                    difference,
                    metric.points,
                    metric.scale,
                    settings.confidence,
                    metric.falls,
                    metric.digits,
                ),
            }
        )
    return {
        "question": comparison.question,
        "exercise": comparison.exercise,
        "edition": editions[first],
        "metric": comparison.metric,
        "unit": metric.unit,
        "variants": {variant: _summary(scores[variant]) for variant in comparison.variants},
        "differences": differences,
    }


def _read_metrics(comparison: Comparison, variant: str) -> tuple[str, dict[int, float]]:
    """Edition, and test score by seed, of one variant."""
    path = Path(f"metrics/train/{comparison.exercise}/{variant}.json")
    content = read_json(path)
    try:
        edition = str(content["edition"])
        scores = {int(record["seed"]): float(record["test"][comparison.metric]) for record in content["seeds"]}
    except (KeyError, TypeError, ValueError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise PipelineError(f"{path} lacks the test {comparison.metric} of its seeds ({what}); {AGAIN}") from None
    if not scores or not all(map(math.isfinite, scores.values())):
        raise PipelineError(f"{path}: test {comparison.metric} is not a finite number for every seed; {AGAIN}")
    return edition, dict(sorted(scores.items()))


def _check_scores(
    comparison: Comparison, variant: str, scores: dict[int, float], predictions: Predictions, metric: Metric
) -> None:
    """The metrics file and the predictions must come from the same training."""
    name = f"{comparison.exercise}/{variant}"
    if list(scores) != predictions.seeds:
        raise PipelineError(
            f"{name}: metrics/train has seeds {_list(scores)}, data/predictions has {_list(predictions.seeds)}; {TRAIN}"
        )
    tolerance = ROUNDING * 10 ** (3 - metric.digits) / metric.scale
    for seed, stated, found in zip(scores, scores.values(), predictions.scores(metric), strict=True):
        if not np.isclose(stated, found, rtol=0, atol=tolerance):
            raise PipelineError(
                f"{name}, seed {seed}: metrics/train says {comparison.metric} {stated:.4f}, "
                f"data/predictions gives {found:.4f}; {TRAIN}"
            )


def _list(values: Any) -> str:
    return ", ".join(map(str, values))


def _summary(scores: dict[int, float]) -> dict[str, Any]:
    values = list(scores.values())
    return {
        # Nine decimals: six would be rounded a second time when people read three.
        "mean": round(statistics.fmean(values), 9),
        "sd": round(statistics.stdev(values), 9) if len(values) > 1 else None,
        "seeds": {str(seed): round(score, 9) for seed, score in scores.items()},
    }
