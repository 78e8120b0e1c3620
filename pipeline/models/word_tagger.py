"""Taggers without recurrence, which the networks of exercise 10 have to beat: a table of words, and a linear model."""

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, pad

from pipeline.models.tagger import each_tags_loss

AROUND = (-2, -1, 0, 1, 2)  # where the words of a window stand
AFFIXES = 4  # letters of the longest beginning and end that are read
FACTOR, MODULUS = 2_654_435_761, 2**32  # multiplicative hashing (Knuth, The Art of Computer Programming, section 6.4)


class CommonestTagger(nn.Module):
    """Gives a word the type of entity that it has most often in the training split, and joins neighbours of one type.

    A word is looked up as it is spelt, else in any spelling. One that was never seen is given what words seen once in
    its spelling are, such as those with a capital.

    Args:
        vocabulary: number of word ids; id 0 is padding.
        cases: number of case categories; 0 is padding.
        tags: in IOB2, with "O".
    """

    def __init__(self, vocabulary: int, cases: int, tags: list[str]) -> None:
        super().__init__()
        kinds = list(dict.fromkeys(tag[2:] for tag in tags if tag != "O"))
        outside = tags.index("O")
        begins = [tags.index(f"B-{kind}") for kind in kinds]
        insides = [tags.index(f"I-{kind}") if f"I-{kind}" in tags else begins[i] for i, kind in enumerate(kinds)]
        self.register_buffer("begins", torch.tensor([outside, *begins]), persistent=False)  # (types + 1,)
        self.register_buffer("insides", torch.tensor([outside, *insides]), persistent=False)
        self.register_buffer("counts", torch.zeros(vocabulary, cases, len(tags), dtype=torch.int32))
        self.begins: Tensor
        self.insides: Tensor
        self.counts: Tensor

    def fit(self, tokens: Tensor, tags: Tensor) -> None:
        """Count the tags (tokens,) of tokens (tokens, 2), which are a word and its case; both int64."""
        counts = torch.zeros_like(self.counts, device="cpu")
        ones = torch.ones(len(tags), dtype=torch.int32)
        counts.index_put_((tokens[:, 0], tokens[:, 1], tags), ones, accumulate=True)
        of_word = counts.sum(1, keepdim=True)  # (vocabulary, 1, tags)
        once = counts.masked_fill(of_word.sum(2, keepdim=True) != 1, 0).sum(0, keepdim=True)  # (1, cases, tags)
        seen, word_seen = counts.sum(2, keepdim=True) > 0, of_word.sum(2, keepdim=True) > 0
        self.counts.copy_(torch.where(seen, counts, torch.where(word_seen, of_word, once)))

    def forward(
        self, words: Tensor, cases: Tensor, lengths: Tensor, letters: Tensor | None = None, spelt: Tensor | None = None
    ) -> Tensor:
        """How often the words had each tag, arguments as `Tagger` takes them: (batch, steps, tags) int32."""
        return self.counts[words, cases]

    def loss(self, counts: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Summed cross-entropy of the tags' shares, each count with one more; arguments as `Tagger.loss` takes them."""
        return each_tags_loss((counts + 1.0).log(), tags, lengths)

    def best(self, counts: Tensor, lengths: Tensor) -> Tensor:
        """The tags (batch, steps) int64, arguments as `loss` takes them; those in the padding mean nothing."""
        found = counts[..., self.begins] + counts[..., self.insides] * (self.insides != self.begins)
        kinds = found.argmax(2)  # (batch, steps), 0 for none
        return torch.where(kinds == pad(kinds[:, :-1], (1, 0)), self.insides[kinds], self.begins[kinds])


class LinearTagger(nn.Module):
    """A linear model of each tag over a window of words (Collobert et al. 2011, section 3.2.1, without a hidden layer).

    It reads the words up to two places away and their spellings, the three middle spellings together, and the
    beginnings and ends of the middle word up to four letters, hashed into buckets.

    Args:
        vocabulary, cases: as `CommonestTagger` takes them.
        tags: number of tags.
        buckets: for the hashes.
    """

    def __init__(self, vocabulary: int, cases: int, tags: int, buckets: int) -> None:
        super().__init__()
        self.vocabulary, self.cases, self.buckets = vocabulary, cases, buckets
        self.features = len(AROUND) * (vocabulary + cases) + cases**3 + buckets
        self.weight = nn.Parameter(torch.zeros(self.features, tags))
        self.bias = nn.Parameter(torch.zeros(tags))

    def read(self, words: Tensor, cases: Tensor, lengths: Tensor, letters: Tensor, spelt: Tensor) -> Tensor:
        """The rows of `weight` that speak at each word: (batch, steps, those) int64. Arguments as `Tagger` takes them.

        Beyond a sentence's ends there is padding.
        """
        found, base = [], 0
        for values, size in ((words, self.vocabulary), (cases, self.cases)):
            for offset in AROUND:
                found.append(base + shifted(values, offset))
                base += size
        before, after = shifted(cases, -1), shifted(cases, 1)
        found.append(base + (before * self.cases + cases) * self.cases + after)
        base += self.cases**3
        hashes = base + affixes(letters) % self.buckets  # (distinct, 2 * AFFIXES)
        return torch.cat([torch.stack(found, 2), hashes[spelt]], 2)

    def forward(self, words: Tensor, cases: Tensor, lengths: Tensor, letters: Tensor, spelt: Tensor) -> Tensor:
        """The tags' scores (batch, steps, tags), arguments as `Tagger` takes them."""
        rows = self.read(words, cases, lengths, letters, spelt)
        scores: Tensor = embedding_bag(rows.flatten(0, 1), self.weight, mode="sum") + self.bias
        return scores.view(*words.shape, -1)

    def loss(self, scores: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Summed cross-entropy, arguments as `Tagger.loss` takes them."""
        return each_tags_loss(scores, tags, lengths)

    def best(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """The tags (batch, steps) int64, arguments as `loss` takes them."""
        return scores.argmax(2)


def shifted(values: Tensor, offset: int) -> Tensor:
    """What stands `offset` places after each place of (batch, steps), 0 beyond the ends."""
    steps = values.shape[1]
    around = pad(values, (max(-offset, 0), max(offset, 0)))
    return around[:, max(offset, 0) :][:, :steps]


def affixes(letters: Tensor) -> Tensor:
    """Hashes of each word's beginnings of 1 to AFFIXES letters, then of its ends.

    Args:
        letters: (words, characters) int64, 0 after a word's end; no word is empty.

    Returns:
        (words, 2 * AFFIXES) int64, from 0 to 2**32 - 1; an affix as long as the word is still one.
    """
    place = torch.arange(AFFIXES, device=letters.device)
    first = pad(letters, (0, AFFIXES))[:, :AFFIXES]
    at = letters.count_nonzero(1).unsqueeze(1) - 1 - place
    last = letters.gather(1, at.clamp(min=0)).masked_fill(at < 0, 0)
    found = []
    for side, ends in enumerate((first, last)):
        value = torch.full_like(ends[:, 0], side + 1)
        for letter in ends.unbind(1):
            value = (value * FACTOR + letter + 1) % MODULUS
            found.append(value * FACTOR % MODULUS // 2**8)
    return torch.stack(found, 1)
