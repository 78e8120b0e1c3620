"""A linear-chain conditional random field over tags (exercise 10): whole sequences of tags compete, not single tags."""

from typing import Any

import torch
from torch import Tensor, nn

from pipeline.layers.recurrent import last_step, length_mask, reversal


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
        """log Z by the forward-backward algorithm (Baum et al. 1970; Rabiner 1989, section III).

        Args:
            emissions: (batch, steps, tags) float; what lies in the padding does not matter, if it is finite.
            lengths: (batch,) int64, from 1 to steps.

        Returns:
            (batch,).
        """
        found: Tensor = _LogPartition.apply(emissions, self.start, self.transitions, self.end, lengths)
        return found

    def best(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """The sequences with the highest score (Viterbi 1967). Arguments as `log_partition` takes them.

        Returns:
            (batch, steps) int64, 0 in the padding.
        """
        delta = self.start + emissions[:, 0]  # (batch, tags): of the best prefix that ends in a tag
        deltas, pointers = [delta], []
        for step in (emissions[:, 1:].unsqueeze(2) + self.transitions).unbind(1):  # (batch, tag before, tag)
            delta, pointer = (delta.unsqueeze(2) + step).max(1)  # (batch, tags): the tag before, on that prefix
            deltas.append(delta)
            pointers.append(pointer)
        last = (last_step(torch.stack(deltas, 1), lengths) + self.end).argmax(1)
        tag, path = last, []
        for t in range(emissions.shape[1] - 1, -1, -1):
            if t < len(pointers):
                tag = pointers[t].gather(1, tag.unsqueeze(1)).squeeze(1)
            tag = torch.where(lengths - 1 > t, tag, last)  # a sentence's way back begins at its own end
            path.append(tag)
        return torch.stack(path[::-1], 1) * length_mask(lengths, emissions.shape[1])


class _LogPartition(torch.autograd.Function):
    """log Z, and its gradient: the probabilities of each tag at each step, and of each pair of neighbours.

    Autograd through the recursion over a sentence's prefixes would do the same work in many more small operations. Here
    prefixes and suffixes, these on the sentence reversed, advance side by side in one loop. They are kept as
    probabilities that add up to 1 at each step, beside the logarithm of what they were divided by, so that no length of
    sentence over- or underflows.
    """

    @staticmethod
    def forward(
        ctx: Any, emissions: Tensor, start: Tensor, transitions: Tensor, end: Tensor, lengths: Tensor
    ) -> Tensor:
        steps = emissions.shape[1]
        mask, back = length_mask(lengths, steps), reversal(lengths, steps).unsqueeze(2)
        with torch.autocast(emissions.device.type, enabled=False):
            highest = emissions.amax(2, keepdim=True)
            emitted = (emissions - highest).exp()  # (batch, steps, tags)
            moves = torch.stack([transitions, transitions.T]).exp()  # (2, tags, tags): onwards, and backwards
            both = torch.stack([emitted, emitted.gather(1, back.expand_as(emitted))])  # (2, batch, steps, tags)
            arriving = torch.stack([start, end]).exp().unsqueeze(1).expand(-1, len(lengths), -1)  # (2, batch, tags)
            before, sums = [], []
            for step in both.unbind(2):
                before.append(arriving)  # without what the step itself emits
                state = arriving * step
                total = state.sum(2, keepdim=True)
                sums.append(total[0])
                arriving = torch.bmm(state / total, moves)
            prefixes, suffixes = torch.stack(before, 2)  # (batch, steps, tags) each
            suffixes = suffixes.gather(1, back.expand_as(suffixes))
            scales = (torch.cat(sums, 1).log() + highest.squeeze(2)).masked_fill(~mask, 0.0)  # (batch, steps)
            joint = prefixes * emitted * suffixes  # of tag and sentence, times what differs from step to step
            total = joint.sum(2, keepdim=True)
            last = last_step(prefixes * emitted, lengths)
            ending = (last @ end.exp()) / last.sum(1)  # what the end adds to the scales
            ctx.save_for_backward(prefixes, suffixes, emitted, transitions.exp(), joint / total, total, lengths)
            return scales.sum(1) + ending.log()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        prefixes, suffixes, emitted, moves, tags, total, lengths = ctx.saved_tensors
        with torch.autocast(gradient.device.type, enabled=False):
            mask = length_mask(lengths, tags.shape[1])
            tags = tags.masked_fill(~mask.unsqueeze(2), 0.0) * gradient.view(-1, 1, 1)
            own = prefixes * emitted
            leaving = (own / own.sum(2, keepdim=True))[:, :-1]  # (batch, steps - 1, tags), as in the loop
            entering = (emitted * suffixes / total)[:, 1:].masked_fill(~mask[:, 1:].unsqueeze(2), 0.0)
            entering = entering * gradient.view(-1, 1, 1)
            pairs = moves * (leaving.flatten(0, 1).T @ entering.flatten(0, 1))
            return tags, tags[:, 0].sum(0), pairs, last_step(tags, lengths).sum(0), None
