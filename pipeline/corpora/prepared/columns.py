"""Arrow list columns from flat NumPy arrays."""

import numpy as np
import pyarrow as pa

from pipeline.corpora.prepared.tables import Ragged


def lists(rows: Ragged) -> pa.Array:
    """Rows of different lengths, of numbers or (from an array of objects) of strings."""
    return pa.ListArray.from_arrays(pa.array(rows.offsets, pa.int32()), pa.array(rows.values))


def vectors(values: np.ndarray) -> pa.Array:
    """Rows of one length, from (rows, length)."""
    return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])
