"""Pretrained word vectors for a vocabulary."""

from pathlib import Path

import numpy as np

from pipeline.corpora.prepared.specials import PAD_ID
from pipeline.corpora.prepared.tables import matrix, read_table


def pretrained(path: Path, words: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """A vector for each word. One that the file lacks is drawn from a normal distribution as wide as the vectors of the
    frequent words.

    Args:
        path: an Arrow file with `word` and `vector` FixedSizeList<float32>[size], the most frequent words first.
        words: by id; padding gets zeros.

    Returns:
        vectors (words, size) float32, and which of them the file has, (words,) bool.
    """
    table = read_table(path)
    row_of = {word: row for row, word in enumerate(table["word"].to_pylist())}
    known = matrix(table, "vector")
    rows = np.array([row_of.get(word, -1) for word in words])
    vectors = np.random.default_rng(0).normal(0.0, known[:10_000].std(), (len(words), known.shape[1]))
    vectors[rows >= 0] = known[rows[rows >= 0]]
    vectors[PAD_ID] = 0.0
    return vectors.astype(np.float32), rows >= 0
