"""Skip-gram with negative sampling (Mikolov et al. 2013, "Distributed Representations of Words and Phrases").

The vector u_t of a word is to tell the words near it from noise: over all pairs of a word t and a word j near it, climb

    log sigmoid(v_j . u_t) + sum over `negative` words k of noise of log sigmoid(-v_k . u_t)            (equation 4)

Words are taken in blocks of successive ones. Those of a block share their noise, each draw weighed to stand for many,
so that all scores of a block are one product of matrices (Ji et al. 2016, "Parallelizing Word2Vec in Shared and
Distributed Memory"); the gradient is written out, because only the rows of the words in the batch have one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

LENGTH, BLOCKS, DRAWS = 16, 32, 16  # words in a block, blocks in a batch at most, words of noise that a block shares
FREQUENT = 3e-4  # share of the text from which on a word is left out now and then
NOISE = 0.75  # power of the counts


@dataclass(frozen=True)
class Pairs:
    """A batch of blocks."""

    words: Tensor  # (blocks, length) int64: t above
    others: Tensor  # (blocks, width) int64: the same words, and those before and after them
    near: Tensor  # (blocks, length, width) float32: 1 where the other is j to the word's t, else 0
    noise: Tensor  # (blocks, draws) int64: k above


class SkipGram:
    """The vectors of words, and those by which they are known as neighbours.

    Args:
        counts: (words,) how often each occurs; one that never does is no noise.
        size: of a vector.
        window: how far apart the words of a pair are at most.
        negative: for how many words of noise a pair counts.
        generator: of all that is drawn.
    """

    def __init__(self, counts: Tensor, size: int, window: int, negative: int, generator: torch.Generator) -> None:
        self.counts, self.window, self.negative, self.generator = counts.double(), window, negative, generator
        self.vectors = (torch.rand(len(counts), size, generator=generator) - 0.5) / size  # u, (words, size)
        self.others = torch.zeros(len(counts), size)  # v, (words, size)

    def epoch(self, text: Tensor, texts: Tensor) -> Iterator[tuple[float, Pairs]]:
        """The batches of an epoch, each with the share of the epoch before it; the blocks come in any order.

        Frequent words are left out with probability 1 - sqrt(FREQUENT / share) (equation 5), before the windows are
        laid; how far a word's window reaches is drawn for each, from 1 to `window`.

        Args:
            text: (tokens,) int64, all texts one after the other.
            texts: (tokens,) int64, from 0: to which each token belongs. A window ends where its text does.
        """
        window = self.window
        share = self.counts / self.counts.sum()
        kept = torch.rand(len(text), generator=self.generator) < (FREQUENT / share).sqrt()[text]
        text, texts = text[kept], texts[kept]
        reach = torch.randint(1, window + 1, text.shape, generator=self.generator)
        blocks = max(1, -(-len(text) // LENGTH))
        rest = blocks * LENGTH - len(text)
        text = pad(text, (window, window + rest)).unfold(0, LENGTH + 2 * window, LENGTH)  # (blocks, width)
        texts = pad(texts, (window, window + rest), value=-1).unfold(0, LENGTH + 2 * window, LENGTH)
        reach = pad(reach, (0, rest)).view(blocks, LENGTH, 1)  # none from the padding
        apart = (torch.arange(LENGTH + 2 * window) - window - torch.arange(LENGTH).unsqueeze(1)).abs()
        noise = self.noise(blocks, DRAWS)
        order = torch.randperm(blocks, generator=self.generator)
        batch = max(1, min(BLOCKS, len(self.counts) // 100))  # few words repeat, and their steps would add up too far
        for start in range(0, blocks, batch):
            rows = order[start : start + batch]
            others, within = text[rows], texts[rows]
            words = others[:, window:-window]
            near = (apart <= reach[rows]) & (within.unsqueeze(1) == within[:, window:-window].unsqueeze(2))
            near &= others.unsqueeze(1) != words.unsqueeze(2)  # nor is a word its own neighbour
            yield start / blocks, Pairs(words, others, near.float(), noise[rows])

    def noise(self, blocks: int, draws: int) -> Tensor:
        """Words of noise (blocks, draws), with probabilities by their counts to the power of 0.75."""
        power = self.counts**NOISE
        return torch.multinomial(power, blocks * draws, replacement=True, generator=self.generator).view(blocks, draws)

    def step(self, pairs: Pairs, rate: float) -> None:
        """Climb once, every pair at the vectors from before the batch.

        Args:
            rate: of learning, for a pair.
        """
        draws, width = pairs.noise.shape[1], pairs.others.shape[1]
        others = torch.cat([pairs.others, pairs.noise], 1)
        u, v = self.vectors[pairs.words], self.others[others]  # (blocks, length, size), (blocks, width + draws, size)
        each = pairs.near.sum(2, keepdim=True) * (self.negative / draws)  # for how many pairs with a word a draw stands
        weights = torch.cat([pairs.near, each.expand(-1, -1, draws)], 2)  # (blocks, length, width + draws)
        slopes = (u @ v.mT).sigmoid_().mul_(weights).neg_()  # of the sum, by the scores
        slopes[:, :, :width] += pairs.near
        for table, rows, gradient in ((self.vectors, pairs.words, slopes @ v), (self.others, others, slopes.mT @ u)):
            index = rows.reshape(-1, 1).expand(-1, table.shape[1])
            table.scatter_add_(0, index, gradient.flatten(0, 1).mul_(rate))  # a word may be there more than once
