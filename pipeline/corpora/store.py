"""Prepared data on disk: Arrow IPC files, memory-mapped, read as NumPy views without a copy.

A prepared corpus is a directory `data/prepared/NAME/` with one file per split. A list column is
stored as Arrow stores it, one flat array of values and one of offsets, which is all that batching
needs: row i is `values[offsets[i]:offsets[i + 1]]`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.errors import PipelineError
from pipeline.files import replacing

SPLITS = ("train", "validation", "test")
PREPARED = Path("data/prepared")


@dataclass(frozen=True)
class Ragged:
    """Rows of different lengths: row i is `values[offsets[i]:offsets[i + 1]]`."""

    values: np.ndarray  # (total,)
    offsets: np.ndarray  # (rows + 1,) int64, ascending, offsets[0] == 0

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> np.ndarray:
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    @property
    def lengths(self) -> np.ndarray:
        """(rows,) int64."""
        return np.diff(self.offsets)


def write_table(path: Path, columns: Mapping[str, pa.Array]) -> None:
    """Write columns of equal length as one uncompressed record batch, so that it can be mapped."""
    table = pa.table(dict(columns)).combine_chunks()
    with (
        replacing(path) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table, max_chunksize=max(table.num_rows, 1))


def read_table(path: Path) -> pa.Table:
    """Memory-map an Arrow file.

    Raises:
        PipelineError: the file is missing or is not an Arrow file.
    """
    try:
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing: build it with `dvc repro {path.parent}`") from None
    except pa.ArrowInvalid as error:
        raise PipelineError(f"{path} is damaged ({error}): run `dvc checkout --force {path.parent}`") from None


def ragged(table: pa.Table, column: str) -> Ragged:
    """A list column as flat values and offsets, without a copy of the values."""
    array = table.column(column).combine_chunks()
    offsets = array.offsets.to_numpy().astype(np.int64)
    values = array.values.to_numpy(zero_copy_only=False)
    return Ragged(values[offsets[0] : offsets[-1]], offsets - offsets[0])


def flat(table: pa.Table, column: str) -> np.ndarray:
    """A column of numbers, (rows,), without a copy."""
    return table.column(column).combine_chunks().to_numpy(zero_copy_only=False)


def list_array(rows: list[Any], kind: pa.DataType) -> pa.Array:
    """Rows of different lengths as a list column of `kind`."""
    return pa.array(rows, type=pa.list_(kind))
