"""Scores of next-token prediction: sums over rows of a text, and what all rows amount to."""

import math

import numpy as np

from pipeline.core.errors import PipelineError


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


def perplexity_of(nats: float) -> float:
    """e to the cross-entropy a token: among how many equally likely ones the model hesitates.

    Raises:
        PipelineError: it is beyond what a number can be.
    """
    try:
        return math.exp(nats)
    except OverflowError:
        raise PipelineError(
            f"training diverged (a cross-entropy of {nats:,.0f} nats); lower learning_rate or clip_norm in params.yaml"
        ) from None
