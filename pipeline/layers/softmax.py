"""A softmax over many words that looks at the rare ones only where it must (exercise 7)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


class AdaptiveSoftmax(nn.Module):
    """Adaptive softmax (Grave et al. 2017): first one of the frequent words or a cluster of rarer ones, then, only
    where it is a cluster, the word inside it.

    `torch.nn.AdaptiveLogSoftmaxWithLoss` computes the same. This one also works in bf16, has biases for the rare words,
    and finds the most probable word without computing all that are less likely.

    Args:
        features: size of what it reads.
        vocabulary: number of words; frequent ones have the low ids.
        cuts: where the clusters begin, ascending, all below `vocabulary`. Each cluster reads half as many features as
            the one before: rare words have too few examples for more.
    """

    def __init__(self, features: int, vocabulary: int, cuts: Sequence[int]) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.frequent = cuts[0]
        self.clusters = list(pairwise([*cuts, vocabulary]))  # first word, and one past the last
        self.head = nn.Linear(features, self.frequent + len(self.clusters))
        sizes = [max(1, features // 2**number) for number in range(1, len(self.clusters) + 1)]
        self.tails = nn.ModuleList(
            nn.Sequential(nn.Linear(features, size, bias=False), nn.Linear(size, end - begin))
            for size, (begin, end) in zip(sizes, self.clusters, strict=True)
        )

    def nats(self, features: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy of each target: (n, features) and (n,) int64 -> (n,) float32."""
        first = targets
        inside = [(targets >= begin) & (targets < end) for begin, end in self.clusters]
        for number, chosen in enumerate(inside):
            first = torch.where(chosen, self.frequent + number, first)
        nats = cross_entropy(self.head(features).float(), first, reduction="none")
        for tail, chosen, (begin, _) in zip(self.tails, inside, self.clusters, strict=True):
            rows = chosen.nonzero().squeeze(1)
            logits = tail(features[rows]).float()
            nats = nats.index_add(0, rows, cross_entropy(logits, targets[rows] - begin, reduction="none"))
        return nats

    def log_probabilities(self, features: Tensor) -> Tensor:
        """(n, features) -> (n, vocabulary) float32."""
        head = self.head(features).float().log_softmax(1)
        words = [head[:, : self.frequent]]
        for number, tail in enumerate(self.tails, start=self.frequent):
            words.append(head[:, number : number + 1] + tail(features).float().log_softmax(1))
        return torch.cat(words, 1)

    def guesses(self, features: Tensor) -> Tensor:
        """The most probable word: (n, features) -> (n,) int64.

        No word of a cluster is more probable than the cluster itself: only one that beats the best word so far is
        looked into.
        """
        head = self.head(features).float().log_softmax(1)
        best, guess = head[:, : self.frequent].max(1)
        for number, (tail, (begin, _)) in enumerate(zip(self.tails, self.clusters, strict=True)):
            cluster = head[:, self.frequent + number]
            rows = (cluster > best).nonzero().squeeze(1)
            highest, word = tail(features[rows]).float().log_softmax(1).max(1)
            highest = highest + cluster[rows]
            wins = highest > best[rows]
            best[rows[wins]], guess[rows[wins]] = highest[wins], word[wins] + begin
        return guess
