"""Which seed's model represents a variant, and which variant an exercise: by validation score, never by test score.

Only the declarations of the exercises concerned are read.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from pipeline.core.files import read_json
from pipeline.registry import declaration

TRAINED = Path("metrics/train")


def results_of(name: str) -> dict[str, Any]:
    """What the training of `EXERCISE/VARIANT` reached, from metrics/train.

    Raises:
        PipelineError: the file is missing or broken.
    """
    return read_json(TRAINED / f"{name}.json")


def best_seed(results: Mapping[str, Any]) -> int:
    """The seed with the best validation score; the first of several that are equally good."""
    scores = validation_scores(results)
    return max(scores, key=scores.__getitem__)


def champion(names: Iterable[str]) -> str | None:
    """The model `EXERCISE/VARIANT` whose seeds score best on average; the first of several that are equally good.

    Args:
        names: of models that are judged by one metric on the same validation examples.

    Returns:
        None if none of them can be judged: an exercise may declare that a variant's validation score flatters it.

    Raises:
        PipelineError: the results of one are missing or broken.
    """
    means = {name: fmean(validation_scores(results_of(name)).values()) for name in names if _judged(name)}
    return max(means, key=means.__getitem__, default=None)


def validation_scores(results: Mapping[str, Any]) -> dict[int, float]:
    """Each seed's validation score in the variant's metric or, without it, in loss. A score that is better when lower
    comes negated, so that more is better.
    """
    exercise = declaration(results["exercise"])

    def score(validation: Mapping[str, float]) -> float:
        name = results["metric"] if results["metric"] in validation else "loss"
        falls = name == "loss" or exercise.metric(name).falls
        return -validation[name] if falls else validation[name]

    return {result["seed"]: score(result["validation"]) for result in results["seeds"]}


def _judged(name: str) -> bool:
    exercise, variant = name.split("/")
    return variant not in declaration(exercise).unjudged
