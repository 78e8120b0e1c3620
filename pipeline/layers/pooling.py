"""From the states of all steps to one vector per sequence (exercise 5); padding takes no part in any of them."""

import torch
from torch import Tensor, nn

from pipeline.layers.recurrent import length_mask


class Pooling(nn.Module):
    """Combine (batch, steps, size) states into (batch, size).

    Args:
        method: `last` (the final state, forward and backward), `mean`, `sum`, `max`, or `attention`, a learnt
            weighted sum with weights softmax_t(v . tanh(W h_t + b)) (Yang et al. 2016, equations 5-7).
        size: the size of a state.
    """

    def __init__(self, method: str, size: int) -> None:
        super().__init__()
        if method not in ("last", "mean", "sum", "max", "attention"):
            raise ValueError(f"pooling method {method!r} is not one of last, mean, sum, max, attention")
        self.method = method
        self.weighs = method == "attention"  # whether there are weights to look at
        if method == "attention":
            self.projection = nn.Linear(size, size)
            self.context = nn.Linear(size, 1, bias=False)

    def forward(self, states: Tensor, lengths: Tensor, final: Tensor) -> tuple[Tensor, Tensor | None]:
        """Pool.

        Args:
            states: (batch, steps, size).
            lengths: (batch,) int64.
            final: (batch, size), the state after the last step (both directions side by side).

        Returns:
            (batch, size) float32, and for `attention` the weights (batch, steps), zero in the padding, else None.
        """
        states = states.float()
        mask = length_mask(lengths, states.shape[1]).unsqueeze(2)  # (batch, steps, 1)
        if self.method == "last":
            return final.float(), None
        if self.method == "max":
            return states.masked_fill(~mask, float("-inf")).amax(1), None
        if self.method == "attention":
            scores = self.context(torch.tanh(self.projection(states))).float()  # (batch, steps, 1)
            weights = scores.masked_fill(~mask, float("-inf")).softmax(1)
            return (weights * states).sum(1), weights.squeeze(2)
        total = states.masked_fill(~mask, 0.0).sum(1)
        return (total if self.method == "sum" else total / lengths.unsqueeze(1)), None
