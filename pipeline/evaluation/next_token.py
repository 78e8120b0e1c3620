"""Scores of next-token prediction: sums over rows of a text, and what all rows amount to."""

import numpy as np


def sum_rows(nats: np.ndarray, right: np.ndarray, starts: np.ndarray) -> dict[str, np.ndarray]:
    """Sums over rows of consecutive tokens.

    Args:
        nats, right: (tokens,) each token's cross-entropy, and whether it was the most probable one.
        starts: (rows,) where each row begins, the first one at 0.

    Returns:
        Columns (rows,): `tokens` int32, `nats` float64, `right` int32.
    """
    return {
        "tokens": np.diff(starts, append=len(nats)).astype(np.int32),
        "nats": np.add.reduceat(nats.astype(np.float64), starts),
        "right": np.add.reduceat(right.astype(np.int32), starts),
    }


def totals(rows: dict[str, np.ndarray]) -> dict[str, float]:
    """All rows together: `nats` per token, which is the `loss`, and the share of tokens guessed, `accuracy`."""
    tokens = rows["tokens"].sum()
    nats = float(rows["nats"].sum() / tokens)
    return {"loss": nats, "nats": nats, "accuracy": float(rows["right"].sum() / tokens)}
