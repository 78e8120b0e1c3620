"""Which way a metric is good, and so which model is the best: by validation score, never by test score."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from pipeline.core.files import read_json

FALLING = ("loss", "rmse")  # validation metrics of which less is better
TRAINED = Path("metrics/train")
# Fitted on the validation years as well, which flatters their validation scores (see exercises/next_value.py).
UNJUDGED = ("next_value/persistence", "next_value/autoregression", "next_value/autoregression_roots")


def goodness(metric: str, value: float) -> float:
    """The value, negated where less is better: more is better of what this gives."""
    return -value if metric in FALLING else value


def results_of(name: str) -> dict[str, Any]:
    """What the training of `EXERCISE/VARIANT` reached, from metrics/train.

    Raises:
        PipelineError: the file is missing or broken.
    """
    return read_json(TRAINED / f"{name}.json")


def validation_scores(results: Mapping[str, Any]) -> dict[int, float]:
    """Each seed's validation score in the variant's metric or, lacking it, in loss: more is better."""

    def score(validation: Mapping[str, float]) -> float:
        name = results["metric"] if results["metric"] in validation else "loss"
        return goodness(name, validation[name])

    return {result["seed"]: score(result["validation"]) for result in results["seeds"]}


def best_seed(results: Mapping[str, Any]) -> int:
    """The seed with the best validation score; of equals, the first."""
    scores = validation_scores(results)
    return max(scores, key=scores.__getitem__)


def champion(names: Iterable[str]) -> str | None:
    """Of models `EXERCISE/VARIANT`, judged by one metric, the one whose seeds score best on average; the first of
    equals. None if none of them can be judged.

    Raises:
        PipelineError: the results of one are missing or broken.
    """
    means = {name: fmean(validation_scores(results_of(name)).values()) for name in names if name not in UNJUDGED}
    return max(means, key=means.__getitem__, default=None)
