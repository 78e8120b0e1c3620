"""Vocabularies, counted on training text only. The one module that knows torchtext.

torchtext is retired; 0.6.0, its last release in pure Python, still gives the classic vocabulary: by frequency,
then alphabetically, after the special tokens.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared import describe
from pipeline.corpora.prepared.specials import PAD, UNK, UNK_ID
from pipeline.corpora.prepared.tables import Ragged
from pipeline.corpora.prepared.text import Tokens


def build(counts: Counter[str], size: int, min_frequency: int, specials: Sequence[str] = (PAD, UNK)) -> list[str]:
    """Tokens by id: the special ones, then the most frequent.

    Args:
        counts: how often each token occurs in training.
        size: entries at most, the special ones included.
        min_frequency: rarer tokens are left out.
        specials: they come first, padding and unknown before others; a token of the text that looks like one is
            unknown.

    Raises:
        PipelineError: no token is left.
    """
    from torchtext.vocab import Vocab  # takes a tenth of a second, and looking words up does not need it

    words = Vocab(counts, max_size=max(size - len(specials), 0), min_freq=min_frequency, specials=list(specials)).itos
    if len(words) == len(specials):
        raise PipelineError(
            f"the vocabulary is empty: of {len(counts):,} distinct training tokens none occurs {min_frequency} times "
            f"within {size} entries; raise `vocabulary` or lower `min_frequency` in params.yaml"
        )
    return words


def from_tokens(tokens: Tokens, size: int, min_frequency: int, specials: Sequence[str] = (PAD, UNK)) -> list[str]:
    """`build` on tokenised training texts."""
    frequency = np.bincount(tokens.texts.values, minlength=len(tokens.words)).tolist()
    counts = Counter({word: count for word, count in zip(tokens.words, frequency, strict=True) if count})
    return build(counts, size, min_frequency, specials)


def from_words(words: Iterable[str], size: int, min_frequency: int) -> list[str]:
    """`build` on the words of training."""
    return build(Counter(words), size, min_frequency)


def ids_of(words: Iterable[str], vocabulary: Sequence[str], specials: Sequence[str] = (PAD, UNK)) -> np.ndarray:
    """(words,) int32 ids; what is not in the vocabulary, or looks like a special token, is unknown."""
    known = {word: i for i, word in enumerate(vocabulary) if word not in specials}
    return np.array([known.get(word, UNK_ID) for word in words], dtype=np.int32)


def encode(tokens: Tokens, vocabulary: Sequence[str], specials: Sequence[str] = (PAD, UNK)) -> Ragged:
    """A row of int32 ids for each text. A text without tokens becomes one unknown token: a step to read."""
    texts = tokens.texts
    ids = ids_of(tokens.words, vocabulary, specials)[texts.values]
    ids = np.insert(ids, texts.offsets[:-1][texts.lengths == 0], UNK_ID)
    return Ragged.of(ids, np.maximum(texts.lengths, 1))


def unknown_share(ids: np.ndarray) -> float:
    """The share of (tokens,) ids that are the unknown token's."""
    return describe.share(np.sum(ids == UNK_ID), len(ids))
