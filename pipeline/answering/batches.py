"""Texts as batches of ids, and what a network gives for each, in the order of the texts."""

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor

from pipeline.corpora.prepared.batching import ordered, pad
from pipeline.corpora.prepared.specials import UNK, UNK_ID
from pipeline.corpora.prepared.tables import Ragged
from pipeline.corpora.prepared.text import tokenise

BATCH, TOKENS = 128, 32_768  # rows read together, and their tokens at most, padding counted: a line may be a book


def in_batches(rows: Ragged, run: Callable[[Tensor, Tensor], Sequence], max_length: int | None = None) -> list:
    """What `run` gives for every row, in their order; rows of similar lengths are read together.

    Args:
        run: padded ids (batch, steps) and lengths (batch,) -> a result for each row.
        max_length: keep only the last so many ids of a row.
    """
    results: list = [None] * len(rows)
    lengths = rows.lengths if max_length is None else np.minimum(rows.lengths, max_length)
    for batch in ordered(lengths, BATCH, TOKENS):
        for row, result in zip(batch, run(*pad(rows, batch, max_length)), strict=True):
            results[row] = result
    return results


def encoded(texts: list[str], language: str, vocabulary: list[str], specials: int = 2) -> Ragged:
    """Tokens of texts as ids; the first `specials` entries of the vocabulary are no words.

    Raises:
        KeyError: the vocabulary does not begin as every vocabulary does.
    """
    from pipeline.corpora.prepared.vocabulary import encode

    if vocabulary[UNK_ID] != UNK:
        raise KeyError(UNK)
    return encode(tokenise(texts, language), vocabulary, vocabulary[:specials])
