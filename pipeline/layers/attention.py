"""Attention over encoder states (exercises 8 and 11). Padding gets a weight of exactly zero."""

import torch
from torch import Tensor, nn


def attend(scores: Tensor, values: Tensor, padding: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted sums of the values.

    Args:
        scores: (batch, queries, steps).
        values: (batch, steps, size).
        padding: (batch, 1, steps) bool, False where a step is real; every row has one.

    Returns:
        context (batch, queries, size) and weights (batch, queries, steps), which sum to 1 over the real steps.
    """
    weights = scores.float().masked_fill(padding, float("-inf")).softmax(2)
    return torch.bmm(weights.to(values.dtype), values), weights


class BahdanauAttention(nn.Module):
    """Additive scores v . tanh(W q + U k) (Bahdanau et al. 2015, appendix A.1.2)."""

    def __init__(self, query_size: int, key_size: int, size: int) -> None:
        super().__init__()
        self.query = nn.Linear(query_size, size, bias=False)
        self.key = nn.Linear(key_size, size)
        self.energy = nn.Linear(size, 1, bias=False)

    def project(self, states: Tensor) -> Tensor:
        """The keys' part, once per sentence: (batch, steps, key_size) -> (batch, steps, size)."""
        return self.key(states)

    def forward(self, query: Tensor, keys: Tensor) -> Tensor:
        """Scores (batch, queries, steps) of queries (batch, queries, query_size) against projected keys."""
        hidden = torch.tanh(self.query(query).unsqueeze(2) + keys.unsqueeze(1))  # (batch, queries, steps, size)
        return self.energy(hidden).squeeze(3)


class LuongAttention(nn.Module):
    """Multiplicative scores q . W k (Luong et al. 2015, "general", equation 8)."""

    def __init__(self, query_size: int, key_size: int) -> None:
        super().__init__()
        self.key = nn.Linear(key_size, query_size, bias=False)
        # An orthogonal matrix keeps the keys' lengths and angles. With torch's smaller numbers all scores begin alike,
        # and some seeds take epochs to attend to anything.
        nn.init.orthogonal_(self.key.weight)

    def project(self, states: Tensor) -> Tensor:
        """The keys' part, once per sentence: (batch, steps, key_size) -> (batch, steps, query_size)."""
        return self.key(states)

    def forward(self, query: Tensor, keys: Tensor) -> Tensor:
        """Scores (batch, queries, steps) of queries (batch, queries, query_size) against projected keys."""
        return torch.bmm(query, keys.transpose(1, 2).to(query.dtype))
