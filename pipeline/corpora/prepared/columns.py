"""Arrow list columns from flat NumPy arrays, without a Python object per value."""

import numpy as np
import pyarrow as pa


def lists(values: np.ndarray, offsets: np.ndarray) -> pa.Array:
    """Rows of different lengths: row i is `values[offsets[i]:offsets[i + 1]]`.

    Args:
        values: (total,) of any numeric type.
        offsets: (rows + 1,) ascending, offsets[0] == 0.
    """
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values))


def vectors(values: np.ndarray) -> pa.Array:
    """Rows of one length, from (rows, length)."""
    return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])
