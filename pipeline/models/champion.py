"""Which trained model speaks for an exercise: the best on validation, whether more or less of its metric is better."""

from collections.abc import Mapping
from statistics import fmean
from typing import Any

FALLING = ("loss", "rmse")  # scores of which less is better


def validation_scores(results: Mapping[str, Any]) -> dict[int, float]:
    """Each seed's validation score in the variant's metric or, lacking it, in loss; negated where less is better.

    Args:
        results: a variant's metrics/train/EXERCISE/VARIANT.json.
    """

    def score(validation: Mapping[str, float]) -> float:
        name = results["metric"] if results["metric"] in validation else "loss"
        return -validation[name] if name in FALLING else validation[name]

    return {result["seed"]: score(result["validation"]) for result in results["seeds"]}


def best_seed(results: Mapping[str, Any]) -> int:
    """The seed with the best validation score; of equals, the first."""
    scores = validation_scores(results)
    return max(scores, key=scores.__getitem__)


def best_variant(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The variant whose seeds score best on average; of equals, the first.

    Args:
        results: name of the variant -> its results, all in the same metric.
    """
    return max(results, key=lambda name: fmean(validation_scores(results[name]).values()))
