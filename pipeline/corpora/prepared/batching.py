"""Batches of sequences of different lengths: like lengths together, little padding, one gather for each batch."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from pipeline.corpora.prepared.tables import Ragged

Batch = np.ndarray  # row numbers of a split

WINDOW = 50  # batches that are sorted by length together: enough to pad little, few enough to stay shuffled


def bucketed(
    lengths: np.ndarray,
    batch_size: int,
    generator: np.random.Generator,
    batch_tokens: int | None = None,
    sizes: np.ndarray | None = None,
) -> list[Batch]:
    """Row numbers of shuffled batches of like lengths; every row exactly once.

    Args:
        lengths: (rows,) of the sequences.
        batch_size: rows in a batch; the last of a window may hold fewer.
        generator: decides the order.
        batch_tokens: a batch holds no more elements than that, padding counted, unless a single row does.
        sizes: (rows,) what counts as the elements of a row, where that is not its length.
    """
    sizes = lengths if sizes is None else sizes
    order = generator.permutation(len(lengths))
    batches: list[Batch] = []
    for start in range(0, len(order), WINDOW * batch_size):
        window = order[start : start + WINDOW * batch_size]
        batches += _cut(window[np.argsort(lengths[window], kind="stable")], sizes, batch_size, batch_tokens)
    return [batches[i] for i in generator.permutation(len(batches))]


def shuffled(rows: int, batch_size: int, generator: np.random.Generator) -> list[Batch]:
    """Row numbers of batches of any rows; every row exactly once, the last batch may hold fewer."""
    order = generator.permutation(rows)
    return [order[at : at + batch_size] for at in range(0, rows, batch_size)]


def ordered(lengths: np.ndarray, batch_size: int, batch_tokens: int | None = None) -> list[Batch]:
    """Row numbers of batches in order of length, for evaluation; every row exactly once. See `bucketed`."""
    return [*_cut(np.argsort(lengths, kind="stable"), lengths, batch_size, batch_tokens)]


def _cut(rows: np.ndarray, sizes: np.ndarray, batch_size: int, batch_tokens: int | None) -> Iterator[Batch]:
    """Batches of consecutive rows, each as large as it may be."""
    while len(rows):
        count = batch_size
        if batch_tokens is not None:  # so many rows, padded to the largest of them
            largest = np.maximum.accumulate(sizes[rows[:batch_size]])
            padded = largest * np.arange(1, len(largest) + 1)
            count = max(1, int(np.searchsorted(padded, batch_tokens, side="right")))
        yield rows[:count]
        rows = rows[count:]


def pad(rows: Ragged, batch: Batch, max_length: int | None = None, padding: int = 0) -> tuple[Tensor, Tensor]:
    """Gather rows into a padded batch.

    Args:
        rows: the sequences.
        batch: (batch,) row numbers.
        max_length: keep only so many elements of a row, its last ones.
        padding: the value after a row's end.

    Returns:
        values (batch, steps) int64 and lengths (batch,) int64.
    """
    index, inside, lengths = _places(rows, batch, max_length)
    values = np.where(inside, rows.values[index], padding)
    return torch.from_numpy(values.astype(np.int64)), torch.from_numpy(lengths)


def pad_frames(rows: Ragged, batch: Batch) -> tuple[Tensor, Tensor]:
    """Gather rows of frames, whose `values` are (total, dimensions), into a batch padded with zeros.

    Returns:
        frames (batch, steps, dimensions) of the values' type and lengths (batch,) int64.
    """
    index, inside, lengths = _places(rows, batch)
    return torch.from_numpy(rows.values[index] * inside[:, :, None]), torch.from_numpy(lengths)


def _places(rows: Ragged, batch: Batch, max_length: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the values of a padded batch lie, (batch, steps); which of them are no padding; and the lengths.

    values  a b c d e f, offsets 0 2 6: the rows are `ab` and `cdef`
    batch [0, 1], max_length 3  ->  index  0 1 0    inside  1 1 0    lengths  2
                                           3 4 5            1 1 1             3
    """
    ends = rows.offsets[batch + 1]
    lengths = ends - rows.offsets[batch]
    if max_length is not None:
        lengths = np.minimum(lengths, max_length)
    steps = np.arange(max(lengths.max(), 1))
    inside = steps < lengths[:, None]
    return np.where(inside, (ends - lengths)[:, None] + steps, 0), inside, lengths
