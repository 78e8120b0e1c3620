"""A linear-chain conditional random field over tags (exercise 10): whole sequences of tags compete, not single tags."""

import torch
from torch import Tensor, nn

from pipeline.layers.recurrent import length_mask


class CRF(nn.Module):
    """Tags y of a sentence with emission scores P get the probability exp(s(P, y)) / Z(P) (Lafferty et al. 2001).

        s(P, y) = start[y_1] + sum_t P[t, y_t] + sum_t transitions[y_t-1, y_t] + end[y_n]

    and Z sums exp(s) over all sequences of tags (Lample et al. 2016, section 2.2; Ma & Hovy 2016, section 2.3). The
    scores start at zero, where the tags are independent. All is exact; steps after a sentence's end take no part.

    Args:
        tags: number of tags.
    """

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.zeros(tags))
        self.transitions = nn.Parameter(torch.zeros(tags, tags))  # from row to column
        self.end = nn.Parameter(torch.zeros(tags))

    def loss(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Negative log-likelihood of the tags, summed over the batch: a scalar. Arguments as `score` takes them."""
        return (self.log_partition(emissions, lengths) - self.score(emissions, tags, lengths)).sum()

    def score(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """The score s of given sequences.

        Args:
            emissions: (batch, steps, tags) float.
            tags: (batch, steps) int64; what stands in the padding does not matter, if it is a tag.
            lengths: (batch,) int64, from 1 to steps.

        Returns:
            (batch,).
        """
        mask = length_mask(lengths, emissions.shape[1])
        own = emissions.gather(2, tags.unsqueeze(2)).squeeze(2)  # (batch, steps)
        own[:, 1:] += self.transitions[tags[:, :-1], tags[:, 1:]]
        last = tags.gather(1, lengths.unsqueeze(1) - 1).squeeze(1)
        return self.start[tags[:, 0]] + own.masked_fill(~mask, 0.0).sum(1) + self.end[last]

    def log_partition(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """log Z by the forward algorithm, in log space.

        Args:
            emissions: (batch, steps, tags) float; what lies in the padding does not matter, if it is finite.
            lengths: (batch,) int64, from 1 to steps.

        Returns:
            (batch,).
        """
        alpha = self.start + emissions[:, 0]  # (batch, tags): of all prefixes that end in a tag
        alphas = [alpha]
        for step in self._steps(emissions):
            alpha = (alpha.unsqueeze(2) + step).logsumexp(1)
            alphas.append(alpha)
        return (_at_end(alphas, lengths) + self.end).logsumexp(1)

    def best(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """The sequences with the highest score (Viterbi 1967). Arguments as `log_partition` takes them.

        Returns:
            (batch, steps) int64, 0 in the padding.
        """
        delta = self.start + emissions[:, 0]  # (batch, tags): of the best prefix that ends in a tag
        deltas, pointers = [delta], []
        for step in self._steps(emissions):
            delta, pointer = (delta.unsqueeze(2) + step).max(1)  # (batch, tags): the tag before, on that prefix
            deltas.append(delta)
            pointers.append(pointer)
        last = (_at_end(deltas, lengths) + self.end).argmax(1)
        tag, path = last, []
        for t in range(emissions.shape[1] - 1, -1, -1):
            if t < len(pointers):
                tag = pointers[t].gather(1, tag.unsqueeze(1)).squeeze(1)
            tag = torch.where(lengths - 1 > t, tag, last)  # a sentence's way back begins at its own end
            path.append(tag)
        return torch.stack(path[::-1], 1) * length_mask(lengths, emissions.shape[1])

    def _steps(self, emissions: Tensor) -> tuple[Tensor, ...]:
        """For each step but the first the scores (batch, tag before, tag) of entering it: one sum for all steps."""
        return (emissions[:, 1:].unsqueeze(2) + self.transitions).unbind(1)


def _at_end(states: list[Tensor], lengths: Tensor) -> Tensor:
    """Each sentence's state at its last step: steps of (batch, tags) -> (batch, tags)."""
    return torch.stack(states)[lengths - 1, torch.arange(len(lengths), device=lengths.device)]
