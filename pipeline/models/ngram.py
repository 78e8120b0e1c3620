"""A language model that only counts what followed the last few tokens: the baseline of the recurrent ones."""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

LARGEST = 2**63  # n-grams are numbered in int64


class Order(NamedTuple):
    """The n-grams of one order, and the contexts that they begin with."""

    grams: Tensor  # (n,) int64, ascending: context * vocabulary + token
    shares: Tensor  # (n,) float64, each one's part of its context's probability
    contexts: Tensor  # (c,) int64, ascending
    starts: Tensor  # (c + 1,) where the n-grams of each context begin
    left: Tensor  # (c,) float64, what the n-grams of a context leave to shorter contexts


class NGram(nn.Module):
    """N-grams with interpolated, modified Kneser-Ney smoothing (Kneser & Ney 1995; Chen & Goodman 1999).

        P_k(token | last k - 1 tokens) = share_k(token) + left_k * P_(k-1)(token | last k - 2 tokens)

    and P_0 is the same for every token. It can be used in place of a `LanguageModel`: its state is the last tokens
    themselves, and its features are the contexts. `load_state_dict(counted(...))` fits it.

    Args:
        vocabulary: number of token ids; id 0 stands for what came before the text, which is in no n-gram.
        order: tokens in the longest n-grams, at least 2.

    Raises:
        ValueError: there are more n-grams than int64 can number.
    """

    def __init__(self, vocabulary: int, order: int) -> None:
        super().__init__()
        if vocabulary**order >= LARGEST:
            raise ValueError(f"n-grams of {order} out of {vocabulary} tokens are too many: lower the order")
        self.vocabulary, self.order = vocabulary, order
        for k in range(1, order + 1):
            self.register_buffer(f"grams_{k}", torch.zeros(0, dtype=torch.int64))
            self.register_parameter(f"shares_{k}", nn.Parameter(torch.zeros(0), requires_grad=False))
        self.orders: dict[int, Order] = {}

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *others: Any) -> None:
        """Take tables of any length, and find the contexts in them."""
        for name, own in self.state_dict().items():
            table = state_dict.get(prefix + name, own).to(own.device)
            setattr(self, name, nn.Parameter(table, requires_grad=False) if table.is_floating_point() else table)
        super()._load_from_state_dict(state_dict, prefix, *others)
        self.orders = {k: self._order(k) for k in range(1, self.order + 1)}
        self.unigrams = torch.full((self.vocabulary,), 1 / self.vocabulary, dtype=torch.float64)
        self.unigrams *= self.orders[1].left
        self.unigrams[self.orders[1].grams] += self.orders[1].shares  # (vocabulary,), P_1

    def _order(self, k: int) -> Order:
        grams, shares = getattr(self, f"grams_{k}"), getattr(self, f"shares_{k}").double()
        contexts, groups, counts = torch.unique_consecutive(
            grams // self.vocabulary, return_inverse=True, return_counts=True
        )
        starts = nn.functional.pad(counts.cumsum(0), (1, 0))
        left = torch.ones(len(contexts), dtype=torch.float64, device=grams.device).index_add_(0, groups, -shares)
        return Order(grams, shares, contexts, starts, left)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None, state: Tensor | None = None) -> tuple[Tensor, Any]:
        """Read tokens.

        Args:
            tokens: (batch, steps) int64.
            lengths: taken as by `LanguageModel`; what lies in the padding means nothing.
            state: (batch, order - 1), the tokens before; None is the beginning of a text.

        Returns:
            The last order - 1 tokens at every step (batch, steps, order - 1), and those after the last step.
        """
        if state is None:
            state = tokens.new_zeros(len(tokens), self.order - 1)
        seen = torch.cat([state, tokens], 1)
        return seen.unfold(1, self.order - 1, 1)[:, 1:], seen[:, -(self.order - 1) :]

    def _places(self, k: int, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The contexts of order k as numbers (n,), where they are in its table (n,), and whether they are there."""
        number = features.new_zeros(len(features))
        for token in features[:, self.order - k :].unbind(1):
            number = number * self.vocabulary + token
        place, found = _look_up(self.orders[k].contexts, number)
        return number, place, found

    def nats(self, features: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy of each target: (n, order - 1) and (n,) -> (n,) float64."""
        probability = self.unigrams[targets]
        for k in range(2, self.order + 1):
            number, place, found = self._places(k, features)
            order = self.orders[k]
            at, hit = _look_up(order.grams, number * self.vocabulary + targets)
            probability = probability * order.left[place].where(found, 1.0) + order.shares[at].where(hit, 0.0)
        return -probability.log()

    def guesses(self, features: Tensor) -> Tensor:
        """The most probable token: (n, order - 1) -> (n,) int64."""
        guess = self.likeliest[1].expand(len(features))
        for k in range(2, self.order + 1):
            _, place, found = self._places(k, features)
            guess = self.likeliest[k][place].where(found, guess)
        return guess

    @cached_property
    def likeliest(self) -> dict[int, Tensor]:
        """The most probable token after each context of each order, (c,) int64.

        It is one that is known to follow the context, or else the most probable one after the shorter context.
        """
        tokens, highest = {1: self.unigrams.argmax(0, keepdim=True)}, self.unigrams.max().unsqueeze(0)
        probability = self.unigrams[self.orders[1].grams]  # (n,) of each n-gram's token, by P_k
        for k in range(2, self.order + 1):
            order, shorter = self.orders[k], self.orders[k - 1]
            context = torch.arange(len(order.contexts)).repeat_interleave(order.starts.diff())
            place, _ = _look_up(shorter.grams, order.grams % self.vocabulary ** (k - 1))
            probability = order.shares + order.left[context] * probability[place]
            place, _ = _look_up(shorter.contexts, order.contexts % self.vocabulary ** (k - 2))
            most = torch.zeros(len(order.contexts), dtype=torch.float64).scatter_reduce(0, context, probability, "amax")
            first = torch.full_like(order.contexts, self.vocabulary).scatter_reduce(
                0, context, (order.grams % self.vocabulary).where(probability == most[context], self.vocabulary), "amin"
            )
            highest = order.left * highest[place]
            tokens[k] = first.where(most > highest, tokens[k - 1][place])
            highest = torch.maximum(most, highest)
        return tokens

    def log_probabilities(self, features: Tensor) -> Tensor:
        """(n, order - 1) -> (n, vocabulary) float32."""
        weight = torch.ones(len(features), dtype=torch.float64, device=features.device)  # of order k
        added = []
        for k in range(self.order, 1, -1):
            _, place, found = self._places(k, features)
            order, rows = self.orders[k], found.nonzero().squeeze(1)
            start, end = order.starts[place[rows]], order.starts[place[rows] + 1]
            counts = end - start  # (rows,) n-grams of each context
            row = rows.repeat_interleave(counts)
            first = (start - (counts.cumsum(0) - counts)).repeat_interleave(counts)
            gram = first + torch.arange(len(row), device=row.device)
            added.append((row, order.grams[gram] % self.vocabulary, (weight[row] * order.shares[gram]).float()))
            weight = weight * order.left[place].where(found, 1.0)
        probability = torch.outer(weight.float(), self.unigrams.float())  # (n, vocabulary)
        for row, token, share in added:
            probability[row, token] += share  # no pair of row and token twice in one order
        return probability.log()


def _look_up(table: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Where each value is in an ascending table, and whether it is there: (n,) -> (n,), (n,) bool."""
    place = torch.searchsorted(table, values).clamp(max=max(0, len(table) - 1))
    return place, table[place] == values


def counted(text: np.ndarray, vocabulary: int, order: int) -> dict[str, Tensor]:
    """The tables of an `NGram` that has read a text.

    The longest n-grams count how often they occur. Of the shorter ones it counts after how many different tokens they
    occur: "Francisco" is frequent, but only after "San", so it is a poor guess after anything else.

    Args:
        text: (tokens,) ids, more than `order` of them.
    """
    text = text.astype(np.int64)
    number = np.zeros(len(text) - order + 1, np.int64)
    for position in range(order):
        number = number * vocabulary + text[position : len(number) + position]
    tables = {}
    grams, counts = np.unique(number, return_counts=True)
    for k in range(order, 0, -1):
        tables[f"grams_{k}"] = torch.from_numpy(grams)
        tables[f"shares_{k}"] = torch.from_numpy(_shares(grams // vocabulary, counts).astype(np.float32))
        grams, counts = np.unique(grams % vocabulary ** (k - 1), return_counts=True)  # without their first token
    return tables


def _shares(contexts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Each n-gram's part of its context's probability, after the discount: (n,) contexts ascending, (n,) -> (n,).

    The discounts of those that occur once, twice, and more often are Chen & Goodman's estimates (1999, equation 26).
    One is added to their counts, and no discount is below 0.1, so that a short text leaves something over too.
    """
    once, twice, thrice, four = ((counts == times).sum() + 1.0 for times in (1, 2, 3, 4))
    scale = once / (once + 2 * twice)
    estimates = [1 - 2 * scale * twice / once, 2 - 3 * scale * thrice / twice, 3 - 4 * scale * four / thrice]
    discounts = np.maximum([0.0, *estimates], 0.1)
    starts = np.flatnonzero(np.diff(contexts, prepend=-1))
    totals = np.repeat(np.add.reduceat(counts, starts), np.diff(starts, append=len(counts)))
    return (counts - discounts[np.minimum(counts, 3)]) / totals
