"""The words that the taggers of exercise 10 read: their ids and pretrained vectors, and how they are spelt."""

import numpy as np
import torch
from torch import Tensor

from pipeline.core.files import read_json
from pipeline.corpora.prepared.pretrained import pretrained
from pipeline.corpora.prepared.specials import UNK_ID
from pipeline.corpora.prepared.spelling import spell
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, Ragged, ragged, read_table

DATA = PREPARED / "conll2003"
VECTORS = PREPARED / "vectors" / "vectors.arrow"


def words_with_vectors() -> tuple[list[str], np.ndarray, np.ndarray, dict[str, Ragged]]:
    """The vocabulary with its pretrained vectors, and the splits as ids into it.

    The vocabulary is the training split's. Words of the other splits that it lacks but the pretrained vectors know
    are added: they keep their pretrained vector, for no training sentence holds them. On these splits that is what
    carrying all the pretrained vectors along would do, at a fraction of the size; in other text, words that are in
    none of the splits are unknown to the saved model.

    Returns:
        words, vectors (words, size) float32, which of them are pretrained (words,) bool, and ids per split.
    """
    vocabulary: list[str] = read_json(DATA / "vocabulary.json")
    in_vectors = set(read_table(VECTORS)["word"].to_pylist())
    ids: dict[str, Ragged] = {}
    added: dict[str, int] = {}
    for split in SPLITS:
        corpus = read_table(DATA / f"{split}.arrow")
        tokens = ragged(corpus, "tokens")
        values = tokens.values.copy()
        if split != "train":
            words = [word.lower() for word in corpus["words"].combine_chunks().flatten().to_pylist()]
            for at in np.flatnonzero(values == UNK_ID):
                if words[at] in in_vectors:
                    values[at] = added.setdefault(words[at], len(vocabulary) + len(added))
        ids[split] = Ragged(values, tokens.offsets)
    vocabulary += added
    return vocabulary, *pretrained(VECTORS, vocabulary), ids


def spellings(split: str) -> list[str]:
    """Every word of the split as it is written."""
    return read_table(DATA / f"{split}.arrow")["words"].combine_chunks().flatten().to_pylist()


def spelt_words(characters: list[str], sentences: dict[str, Ragged]) -> tuple[dict[str, Ragged], Tensor]:
    """For every word of every split the row of `letters` that spells it, and `letters` (distinct words, characters)."""
    distinct: dict[str, int] = {}
    rows = {split: [distinct.setdefault(word, len(distinct)) for word in spellings(split)] for split in sentences}
    spelt = {split: Ragged(np.array(rows[split]), ragged.offsets) for split, ragged in sentences.items()}
    return spelt, torch.from_numpy(spell(list(distinct), characters))
