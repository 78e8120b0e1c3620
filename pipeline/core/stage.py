"""What DVC runs for an exercise: a stage for each variant, and where its results are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.core.params import Training


@dataclass(frozen=True)
class Stage:
    """The facts that training and dvc.yaml need. `make graph` writes the stage in dvc.yaml from them.

    What is only asked or said about the results (questions, comparisons, words) is in the exercise's other files, so
    that changing it trains nothing.
    """

    name: str  # of the exercise: its folder, section of params.yaml, MLflow experiment and folders of results
    description: str  # a line for `dvc stage list`
    settings: type[Training]  # of its section of params.yaml
    variants: Mapping[str, Mapping[str, Any]]  # name -> what is particular to it
    corpora: tuple[str, ...]  # the prepared corpora that are read; the first one's edition is the exercise's
    metric: str  # the test metric that speaks for a variant
    curve: str  # the validation metric that `dvc plots` draws
    reads: tuple[str, ...] = ()  # what other stages made, besides
    extra: str | None = None  # data/FOLDER/NAME/VARIANT.json is what the first seed shows of its work
    more_seeds: bool = False  # its comparison is one that the sheet asks for by name: it trains with `more_seeds` too
    timed: bool = False  # the seeds train one after the other: side by side they would share the processor's caches


class Results(NamedTuple):
    """What the training of a variant writes."""

    metrics: Path
    history: Path
    predictions: Path
    models: Path
    timing: Path

    @classmethod
    def of(cls, exercise: str, variant: str) -> "Results":
        """Where the stage `exercise@variant` writes."""
        name = f"{exercise}/{variant}"
        return cls(
            metrics=Path(f"metrics/train/{name}.json"),
            history=Path(f"metrics/history/{name}.csv"),
            predictions=Path(f"data/predictions/{name}.parquet"),
            models=Path(f"models/{name}"),
            timing=Path(f"metrics/timing/{name}.json"),
        )


def extra_of(folder: str, exercise: str, variant: str) -> Path:
    """What the first seed shows of its work: attention weights, samples."""
    return Path(f"data/{folder}/{exercise}/{variant}.json")
