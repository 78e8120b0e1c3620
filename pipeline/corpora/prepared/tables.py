"""Prepared data on disk: Arrow IPC files, memory-mapped, read as NumPy views without a copy.

A prepared corpus is a directory `data/prepared/NAME/` with one file per split. A list column is
stored as Arrow stores it, one flat array of values and one of offsets, which is all that batching
needs: row i is `values[offsets[i]:offsets[i + 1]]`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.errors import PipelineError
from pipeline.core.files import how_to_build, replacing

if TYPE_CHECKING:  # a tenth of a second: imported by those who read or write a table
    import pyarrow as pa

SPLITS = ("train", "validation", "test")
PREPARED = Path("data/prepared")


@dataclass(frozen=True)
class Ragged:
    """Rows of different lengths: row i is `values[offsets[i]:offsets[i + 1]]`."""

    values: np.ndarray  # (total,)
    offsets: np.ndarray  # (rows + 1,) int64, ascending, offsets[0] == 0

    @classmethod
    def of(cls, values: np.ndarray, lengths: np.ndarray) -> "Ragged":
        """Consecutive rows of these (rows,) lengths, which sum to the number of values."""
        return cls(values, ends_of(lengths))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> np.ndarray:
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    @property
    def lengths(self) -> np.ndarray:
        """(rows,) int64."""
        return np.diff(self.offsets)

    def take(self, rows: np.ndarray) -> "Ragged":
        """The given rows, in the given order."""
        taken = ends_of(self.lengths[rows])
        shift = self.offsets[rows] - taken[:-1]  # what leads from a value's place in the result to its place here
        return Ragged(self.values[np.arange(taken[-1]) + np.repeat(shift, np.diff(taken))], taken)


def ends_of(lengths: np.ndarray) -> np.ndarray:
    """(n + 1,) int64 offsets of consecutive rows with these (n,) lengths."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def write_table(path: Path, columns: "Mapping[str, pa.Array]") -> None:
    """Write columns of equal length as one uncompressed record batch, so that it can be mapped."""
    import pyarrow as pa

    table = pa.table(dict(columns)).combine_chunks()
    with (
        replacing(path) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table, max_chunksize=max(table.num_rows, 1))


def read_table(path: Path) -> "pa.Table":
    """Memory-map an Arrow file.

    Raises:
        PipelineError: the file is missing or is not an Arrow file.
    """
    import pyarrow as pa

    try:
        return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing: build it with `{how_to_build(path)}`") from None
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # an error of the disk, not of the file
            raise
        raise PipelineError(f"{path} is damaged ({error}): run `dvc checkout --force {path.parent}`") from None


def ragged(table: "pa.Table", column: str) -> Ragged:
    """A list column as flat values and offsets, without a copy of the values."""
    array = whole(table, column)
    offsets = view(array.offsets).astype(np.int64)
    return Ragged(view(array.values)[offsets[0] : offsets[-1]], offsets - offsets[0])


def flat(table: "pa.Table", column: str) -> np.ndarray:
    """A column of numbers, (rows,), without a copy."""
    return view(whole(table, column))


def matrix(table: "pa.Table", column: str) -> np.ndarray:
    """A column of lists of one size as (rows, size), without a copy."""
    array = whole(table, column)
    return view(array.flatten()).reshape(len(array), -1)


def whole(table: "pa.Table", column: str) -> "pa.Array":
    """A column as one array: the mapped file's own, if it is in one piece, as `write_table` writes it."""
    chunks = table.column(column)
    return chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()  # which copies even a single one


def view(array: "pa.Array") -> np.ndarray:
    """Numbers without a copy, read-only. Arrow's own `to_numpy` would import pandas first: a third of a second."""
    return np.from_dlpack(array)
