"""What the files say of an exercise's results, independent of language: decisions are made from it."""

import csv
import math
import statistics
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow.parquet as pq

from pipeline.core import params
from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.core.stage import Results as Places
from pipeline.declaration import Exercise
from pipeline.scoring.comparison import Evaluation, interval_key, outcome_of
from pipeline.scoring.metrics import AGAIN

EVALUATION, TIMINGS, PARAMS = "metrics/evaluation.json", "metrics/timings.json", "params.yaml"
TIMES = ("seconds_per_epoch", "tokens_per_second")
Outcome = Literal["better", "worse", "none", "missing"]


class Files:
    """Values in JSON and YAML files, each file read once.

    A source is "FILE:KEYS", such as "metrics/train/pooling/mean.json:mean.accuracy"; the key `*` takes the mean over
    a list.
    """

    def __init__(self) -> None:
        self._read: dict[str, Any] = {}

    def value(self, source: str) -> Any:
        """What a source holds.

        Raises:
            PipelineError: the file is missing or damaged, or has no such value.
        """
        path, keys = source.split(":")
        if path not in self._read:
            self._read[path] = params.read_params() if path == PARAMS else read_json(Path(path))
        try:
            return _walk(self._read[path], keys.split("."))
        except (KeyError, IndexError, TypeError, ValueError):
            way = "put it there, or quote another in the template" if path == PARAMS else AGAIN
            raise PipelineError(f"{path} has no {keys}; {way}") from None


class Results:
    """Settings and results of one exercise."""

    def __init__(self, exercise: Exercise, files: Files) -> None:
        self.exercise, self.files, self.name = exercise, files, exercise.name
        self.value = files.value
        self.variants, self.particular = exercise.variants, exercise.stage.variants
        self.settings: Any = params.section(exercise.name, exercise.stage.settings)
        self.confidence = params.section("evaluation", Evaluation).confidence

    @cached_property
    def edition(self) -> str:
        """The edition of the exercise's first corpus, as training recorded it."""
        return str(self.value(f"{self.train(self.variants[0])}:edition"))

    @cached_property
    def seeds(self) -> list[int]:
        return [seed["seed"] for seed in self.value(f"{self.train(self.variants[0])}:seeds")]

    @cached_property
    def devices(self) -> set[str]:
        """What the variants were timed on: "cpu", "cuda"."""
        return {self.value(f"{TIMINGS}:{self.name}.{variant}.device") for variant in self.variants}

    def train(self, variant: str) -> str:
        """The file of a variant's metrics."""
        return str(Places.of(self.name, variant).metrics)

    def source(self, variant: str, column: str) -> str:
        """The source of a variant's test score (its mean over seeds), time or count."""
        if column == "parameters":
            return f"{self.train(variant)}:seeds.0.parameters"
        if column in TIMES:
            return f"{TIMINGS}:{self.name}.{variant}.{column}"
        return f"{self.train(variant)}:mean.{column}"

    def score(self, variant: str, column: str) -> float:
        """The number itself; see `source`."""
        return float(self.value(self.source(variant, column)))

    def over_seeds(self, variant: str, *keys: str) -> list[Any]:
        """One value for each seed, such as over_seeds("mean", "test", "accuracy")."""
        found = self.value(f"{self.train(variant)}:seeds")
        for key in keys:
            try:
                found = [value[key] for value in found]
            except (KeyError, TypeError):
                raise PipelineError(f"{self.train(variant)} has no {'.'.join(keys)} for every seed; {AGAIN}") from None
        return found

    def ends_at_its_best(self, variant: str) -> bool:
        """Whether every seed's best epoch is its last, so that more epochs might help."""
        return self.over_seeds(variant, "best_epoch") == self.over_seeds(variant, "epochs")

    def pairs(self, comparison: str) -> list[tuple[str, str]]:
        """The pairs that a comparison of the evaluation has: none, if its exercise has a single variant left.

        Raises:
            PipelineError: the exercise declares no such comparison.
        """
        if comparison not in {declared.name for declared in self.exercise.comparisons}:
            raise PipelineError(f"pipeline/exercises/{self.name} has no comparison {comparison!r}: see its exercise.py")
        entry = self.value(f"{EVALUATION}:comparisons").get(comparison, {"differences": []})
        return [(found["a"], found["b"]) for found in entry["differences"]]

    def difference(self, comparison: str, a: str, b: str) -> tuple[str, dict[str, Any]]:
        """A difference of the evaluation: its source, and its content.

        Raises:
            PipelineError: it is not asked for, or the evaluation does not have it.
        """
        asked = {found.name: found.pairs for found in self.exercise.comparisons}
        if (a, b) not in asked.get(comparison, ()):
            where = f"pipeline/exercises/{self.name}/exercise.py"
            raise PipelineError(f"{where}: {comparison} does not compare {a} with {b}, which the report quotes")
        pairs = self.pairs(comparison)
        if (a, b) not in pairs:
            raise PipelineError(f"{EVALUATION}: {comparison} does not compare {a} with {b}; {AGAIN}")
        source = f"{EVALUATION}:comparisons.{comparison}.differences.{pairs.index((a, b))}"
        return source, self.value(source)

    def interval(self, difference: dict[str, Any]) -> tuple[float, float]:
        """The ends of a difference's interval, in the metric's unit."""
        try:
            low, high = difference[interval_key(self.confidence)]
        except KeyError as error:
            raise PipelineError(f"{EVALUATION} has no interval {error}; {AGAIN}") from None
        return low, high

    def outcome(self, comparison: str, a: str, b: str) -> Outcome:
        """What the evaluation says of a against b; "missing" if the two are not compared."""
        if (a, b) not in self.pairs(comparison):
            return "missing"
        metric = self.exercise.metric(self.value(f"{EVALUATION}:comparisons.{comparison}.metric"))
        return outcome_of(self.difference(comparison, a, b)[1], self.confidence, metric.falls)

    def history(self, variant: str, column: str) -> list[np.ndarray]:
        """A column of the training history, a curve (epochs,) per seed in the order of the file.

        Raises:
            PipelineError: the file is missing, has no such column, or a value is not a finite number.
        """
        path = Places.of(self.name, variant).history
        try:
            with path.open(encoding="utf-8", newline="") as stream:
                rows = [(row["seed"], float(row[column])) for row in csv.DictReader(stream)]
        except FileNotFoundError:
            raise PipelineError(f"{path} is missing: run `dvc repro`") from None
        except KeyError as error:
            raise PipelineError(f"{path} has no column {error}; {AGAIN}") from None
        except (TypeError, ValueError) as error:
            raise PipelineError(f"{path}, column {column}: {error}; {AGAIN}") from None
        if not rows or not all(math.isfinite(value) for _, value in rows):
            raise PipelineError(f"{path}: {column} is not a finite number in every row; {AGAIN}")
        return [np.array([value for owner, value in rows if owner == seed]) for seed in dict(rows)]

    def predictions(self, variant: str, *columns: str) -> dict[str, list[Any]]:
        """Columns of the test predictions, in lists by seed: {"gold": [[seed 1's], [seed 2's]], ...}.

        Raises:
            PipelineError: the file is missing, damaged, or lacks a column.
        """
        path = Places.of(self.name, variant).predictions
        try:
            table = pq.read_table(path, columns=["seed", "example", *columns])
        except FileNotFoundError:
            raise PipelineError(f"{path} is missing: run `dvc repro`") from None
        except (OSError, KeyError, ValueError) as error:
            raise PipelineError(f"{path} cannot be read ({error}); {AGAIN}") from None
        table = table.sort_by([("seed", "ascending"), ("example", "ascending")])
        seeds = len(table["seed"].unique())
        size = table.num_rows // seeds
        return {name: [table[name].slice(i * size, size).to_pylist() for i in range(seeds)] for name in columns}


def _walk(value: Any, keys: list[str]) -> Any:
    for position, key in enumerate(keys):
        if key == "*":
            return statistics.fmean(_walk(item, keys[position + 1 :]) for item in value)
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value
