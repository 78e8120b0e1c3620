"""Test predictions of a variant, read from data/predictions and reduced to statistics that add up over examples."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.core.errors import PipelineError
from pipeline.scoring.metrics import AGAIN, Metric


@dataclass(frozen=True)
class Predictions:
    """A variant's test predictions, reduced to what comparisons need."""

    seeds: list[int]  # ascending
    gold: pa.Table  # (examples) the example's number and gold columns, in the order of the numbers
    statistics: np.ndarray  # (seeds, examples, k) int64

    def scores(self, metric: Metric) -> np.ndarray:
        """(seeds,) the metric on the whole test set."""
        return metric.score(self.statistics.sum(axis=1))


def read_predictions(path: Path, metric: Metric) -> Predictions:
    """Read data/predictions/EXERCISE/VARIANT.parquet.

    Raises:
        PipelineError: the file is missing, damaged, lacks a column or value, or its seeds saw different examples.
    """
    table = _read(path, ["seed", "example", *metric.gold, metric.output])
    table = table.sort_by([("seed", "ascending"), ("example", "ascending")])
    seeds = table["seed"].unique().to_pylist()
    size = table.num_rows // len(seeds)
    gold = table.select(["example", *metric.gold])
    if len(seeds) * size != table.num_rows or not all(
        gold.slice(i * size, size).equals(gold.slice(0, size)) for i in range(len(seeds))
    ):
        raise PipelineError(f"{path}: its seeds were not tested on the same examples; {AGAIN}")
    if pc.count_distinct(table["example"]).as_py() != size:
        raise PipelineError(f"{path}: an example appears twice under one seed; {AGAIN}")
    try:
        statistics = metric.statistics(table)
    except (ValueError, KeyError, IndexError) as error:
        raise PipelineError(f"{path} cannot be scored ({error}); {AGAIN}") from None
    return Predictions(seeds, gold.slice(0, size), statistics.reshape(len(seeds), size, -1))


def _read(path: Path, columns: list[str]) -> pa.Table:
    try:
        with pq.ParquetFile(path) as file:
            missing = [column for column in columns if column not in file.schema_arrow.names]
            if missing:
                raise PipelineError(f"{path} has no column {', '.join(missing)}; {AGAIN}")
            table = file.read(columns)
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing: run `dvc repro`") from None
    except (pa.ArrowException, OSError) as error:
        raise PipelineError(f"{path} is damaged ({error}); {AGAIN}") from None
    empty = [column for column in columns if table[column].null_count]
    if empty or not table.num_rows:
        raise PipelineError(f"{path} lacks {'values in ' + ', '.join(empty) if empty else 'rows'}; {AGAIN}")
    return table
