"""Words as their characters."""

from collections.abc import Iterable, Sequence

import numpy as np

from pipeline.corpora.prepared.specials import PAD, UNK, UNK_ID

LONGEST = 20  # characters of a word that are read: all of 99.9% of CoNLL-2003's


def alphabet(words: Iterable[str]) -> list[str]:
    """The characters of the words, after padding and unknown."""
    return [PAD, UNK, *sorted(set("".join(words)))]


def spell(words: Sequence[str], characters: Sequence[str]) -> np.ndarray:
    """Number the characters of the words.

    Args:
        words: none is empty.
        characters: an `alphabet`.

    Returns:
        (words, LONGEST) int64 ids into it, padding after a word's end.
    """
    number = {character: i for i, character in enumerate(characters)}
    spelt = np.zeros((len(words), LONGEST), np.int64)
    for row, word in zip(spelt, words, strict=True):
        ids = [number.get(character, UNK_ID) for character in word[:LONGEST]]
        row[: len(ids)] = ids
    return spelt
