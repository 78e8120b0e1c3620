"""Which way a metric is good, and so which variant and which seed of an exercise is the best."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import PipelineError
from pipeline.files import read_json

FALLING = ("loss", "rmse")  # validation metrics of which less is better
TRAINED = Path("metrics/train")


def goodness(metric: str, value: float) -> float:
    """The value, turned round where less is better: more is better of what this gives."""
    return -value if metric in FALLING else value


def best_seed(results: Mapping[str, Any]) -> int:
    """The seed with the best validation score in the variant's metric, or, lacking it, in loss; the first of equals.

    Args:
        results: the content of metrics/train/EXERCISE/VARIANT.json.
    """
    return max(results["seeds"], key=lambda seed: _score(results, seed))["seed"]


def champion(exercise: str) -> tuple[str, int]:
    """The variant with the best model of the exercise by validation score, and that model's seed.

    Raises:
        PipelineError: no variant was trained.
    """
    trained = {path.stem: read_json(path) for path in sorted((TRAINED / exercise).glob("*.json"))}
    if not trained:
        raise PipelineError(f"{TRAINED / exercise} holds no results: run `dvc repro {exercise}`")
    variant = max(trained, key=lambda name: max(_score(trained[name], seed) for seed in trained[name]["seeds"]))
    return variant, best_seed(trained[variant])


def _score(results: Mapping[str, Any], seed: Mapping[str, Any]) -> float:
    """A seed's score; how well all exercises' variants can be compared is up to their common metric."""
    name = results["metric"] if results["metric"] in seed["validation"] else "loss"
    return goodness(name, seed["validation"][name])
