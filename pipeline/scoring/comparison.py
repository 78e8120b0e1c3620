"""A comparison of an exercise's variants on its test set.

A difference is the score of a minus the score of b, in the metric's own unit, so that where a lower score is better a
negative difference speaks for a. Its interval spans training runs and test examples: see `differences`.
"""

import math
import statistics
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.core.params import Section
from pipeline.core.stage import Results
from pipeline.declaration import Comparison, Exercise
from pipeline.scoring.differences import Difference, difference, holm
from pipeline.scoring.metrics import AGAIN, Metric
from pipeline.scoring.predictions import Predictions, read_predictions
from pipeline.scoring.verdicts import outcome, verdict

ROUNDING = 1e-4  # of a score shown with three decimals: how far a metrics file may be from its predictions
TRAIN = "run `dvc repro` to train them alike"


class Evaluation(Section):
    """What params.yaml sets for comparisons."""

    confidence: Annotated[float, Field(gt=0, lt=1)]


class Tested(NamedTuple):
    """The test results of a variant."""

    edition: str
    scores: dict[int, float]  # by seed, ascending
    predictions: Predictions


def interval_key(confidence: float) -> str:
    """The key of an interval in metrics/evaluation.json: "ci95" at a confidence of 0.95."""
    return f"ci{100 * confidence:g}"


def outcome_of(entry: Mapping[str, Any], confidence: float, falls: bool = False) -> Literal["better", "worse", "none"]:
    """What a difference of metrics/evaluation.json says of a against b; `falls`: a lower score is better."""
    low, high = entry[interval_key(confidence)]
    return outcome(low, high, falls, entry.get("p_holm"), confidence)


def compare(exercise: Exercise, comparison: Comparison, settings: Evaluation) -> dict[str, Any]:
    """Read the variants' metrics and predictions and compare them.

    Returns:
        The comparison's entry in metrics/evaluation.json, without what `judge` adds: means, deviations and differences
        in the metric's `unit`.

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
        "differences": [
            _difference(a, b, tested, metric, exercise.block, settings.confidence) for a, b in comparison.pairs
        ],
    }


def judge(entries: Mapping[str, dict[str, Any]], exercises: Iterable[Exercise], confidence: float) -> dict[str, Any]:
    """Verdicts on all that was compared.

    The pairs that the sheet asks for by name are primary: Holm's correction runs over all of them, and they count as
    different only if it leaves them so. All other differences are exploratory.

    Returns:
        The content of metrics/evaluation.json: `comparisons`, the entries by name; how many differences are `primary`
        and how many `exploratory`; how many of the latter would be called different by chance if nothing differed.
    """
    found = [
        (exercise.metric(comparison.metric), one, (one["a"], one["b"]) in comparison.headlines)
        for exercise in exercises
        for comparison in exercise.comparisons
        if comparison.name in entries
        for one in entries[comparison.name]["differences"]
    ]
    primary = [one for _, one, asked in found if asked]
    for one, p in zip(primary, holm([one["p"] for one in primary]), strict=True):
        one["p_holm"] = p
    for metric, one, _ in found:
        low, high = one[interval_key(confidence)]
        values = Difference(one["delta"], low, high, one["p"])
        how = (metric.points, metric.scale, confidence, metric.falls, metric.digits, one.get("p_holm"))
        one["verdict"] = verdict(one["a"], one["b"], values, *how)
    exploratory = len(found) - len(primary)
    return {
        "comparisons": dict(entries),
        "primary": len(primary),
        "exploratory": exploratory,
        "by_chance": round(exploratory * (1 - confidence), 2),
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


def _difference(
    a: str, b: str, tested: dict[str, Tested], metric: Metric, block: int, confidence: float
) -> dict[str, Any]:
    one, other = (tested[variant].predictions.statistics for variant in (a, b))
    found = difference(one, other, metric.score, block, confidence)
    return {"a": a, "b": b, "delta": found.delta, interval_key(confidence): [found.low, found.high], "p": found.p}


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
