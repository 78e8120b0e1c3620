"""A comparison of an exercise's variants on its test set.

A difference is the score of a minus the score of b, in the metric's own unit, so that where a lower score is better a
negative difference speaks for a. Its interval is that of `paired_bootstrap`: over test examples and over seeds.
"""

import math
import statistics
from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.core.params import Positive, Section
from pipeline.core.stage import Results
from pipeline.declaration import Comparison, Exercise
from pipeline.scoring.bootstrap import paired_bootstrap, verdict
from pipeline.scoring.metrics import AGAIN, Metric
from pipeline.scoring.predictions import Predictions, read_predictions

ROUNDING = 1e-4  # of a score shown with three decimals: how far a metrics file may be from its predictions
TRAIN = "run `dvc repro` to train them alike"


class Evaluation(Section):
    """What params.yaml sets for comparisons."""

    bootstrap_samples: Positive
    confidence: Annotated[float, Field(gt=0, lt=1)]


class Tested(NamedTuple):
    """The test results of a variant."""

    edition: str
    scores: dict[int, float]  # by seed, ascending
    predictions: Predictions


def interval_key(confidence: float) -> str:
    """The key of an interval in metrics/evaluation.json: "ci95" at a confidence of 0.95."""
    return f"ci{100 * confidence:g}"


def compare(exercise: Exercise, comparison: Comparison, settings: Evaluation) -> dict[str, Any]:
    """Read the variants' metrics and predictions and compare them.

    Returns:
        The comparison's entry in metrics/evaluation.json: means, deviations and differences in the metric's `unit`.

    Raises:
        PipelineError: an input is missing, damaged or holds no number, or inputs do not belong together:
            another edition, other seeds, other test examples, scores that are not those of the predictions.
    """
    metric = exercise.metric(comparison.metric)
    tested = {variant: _read(exercise, comparison, variant) for variant in comparison.variants}
    _check_alike(exercise.name, tested)
    return {
        "exercise": exercise.name,
        "edition": tested[comparison.variants[0]].edition,
        "metric": comparison.metric,
        "unit": metric.unit,
        "variants": {variant: _summary(found.scores) for variant, found in tested.items()},
        "differences": [_difference(a, b, tested, metric, settings) for a, b in comparison.pairs],
    }


def _read(exercise: Exercise, comparison: Comparison, variant: str) -> Tested:
    """Edition, scores and predictions of one variant, which must come from the same training."""
    name, metric, results = comparison.metric, exercise.metric(comparison.metric), Results.of(exercise.name, variant)
    content = read_json(results.metrics)
    try:
        edition = str(content["edition"])
        scores = {int(record["seed"]): float(record["test"][name]) for record in content["seeds"]}
    except (KeyError, TypeError, ValueError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise PipelineError(f"{results.metrics} lacks the test {name} of its seeds ({what}); {AGAIN}") from None
    if not scores or not all(map(math.isfinite, scores.values())):
        raise PipelineError(f"{results.metrics}: test {name} is not a finite number for every seed; {AGAIN}")
    scores = dict(sorted(scores.items()))

    predictions = read_predictions(results.predictions, metric)
    if list(scores) != predictions.seeds:
        raise PipelineError(
            f"{exercise.name}/{variant}: metrics/train has seeds {_list(scores)}, "
            f"data/predictions has {_list(predictions.seeds)}; {TRAIN}"
        )
    tolerance = ROUNDING * 10 ** (3 - metric.digits) / metric.scale
    for (seed, stated), found in zip(scores.items(), predictions.scores(metric), strict=True):
        if not np.isclose(stated, found, rtol=0, atol=tolerance):
            raise PipelineError(
                f"{exercise.name}/{variant}, seed {seed}: metrics/train says {name} {stated:.4f}, "
                f"data/predictions gives {found:.4f}; {TRAIN}"
            )
    return Tested(edition, scores, predictions)


def _check_alike(exercise: str, tested: dict[str, Tested]) -> None:
    """All variants must have the same edition, seeds and test examples."""
    first, *others = tested
    for variant in others:
        one, other = tested[first], tested[variant]
        pair = f"{exercise}: {first} and {variant}"
        if other.edition != one.edition:
            raise PipelineError(f"{pair} have different editions ({one.edition}, {other.edition}); {TRAIN}")
        if list(other.scores) != list(one.scores):
            raise PipelineError(f"{pair} have different seeds ({_list(one.scores)}; {_list(other.scores)}); {TRAIN}")
        if not other.predictions.gold.equals(one.predictions.gold):
            raise PipelineError(f"{pair} were tested on different examples; {TRAIN}")


def _difference(a: str, b: str, tested: dict[str, Tested], metric: Metric, settings: Evaluation) -> dict[str, Any]:
    found = paired_bootstrap(
        tested[a].predictions.statistics,
        tested[b].predictions.statistics,
        metric.score,
        settings.bootstrap_samples,
        settings.confidence,
    )
    words = verdict(a, b, found, metric.points, metric.scale, settings.confidence, metric.falls, metric.digits)
    return {
        "a": a,
        "b": b,
        "delta": found.delta,
        interval_key(settings.confidence): [found.low, found.high],
        "p": found.p,
        "verdict": words,
    }


def _summary(scores: dict[int, float]) -> dict[str, Any]:
    values = list(scores.values())
    return {
        # Nine decimals: six would be rounded a second time when people read three.
        "mean": round(statistics.fmean(values), 9),
        "sd": round(statistics.stdev(values), 9) if len(values) > 1 else None,
        "seeds": {str(seed): round(score, 9) for seed, score in scores.items()},
    }


def _list(values: Iterable[int]) -> str:
    return ", ".join(map(str, values))
