"""Vocabularies: by frequency, of a given size, and what is not in them is unknown."""

from collections import Counter

import numpy as np
import pytest

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared import vocabulary
from pipeline.corpora.prepared.text import tokenise


def test_vocabulary_is_by_frequency_then_alphabet_and_holds_so_many_entries():
    counts = Counter({"b": 3, "a": 3, "c": 5, "d": 1})
    assert vocabulary.build(counts, 10, 1) == ["<pad>", "<unk>", "c", "a", "b", "d"]
    assert vocabulary.build(counts, 10, 2) == ["<pad>", "<unk>", "c", "a", "b"]
    assert vocabulary.build(counts, 4, 1) == ["<pad>", "<unk>", "c", "a"]
    assert vocabulary.build(counts, 5, 1, ("<pad>", "<unk>", "<eos>"))[2:] == ["<eos>", "c", "a"]


@pytest.mark.parametrize(("size", "frequency"), [(2, 1), (1, 1), (10, 6)])
def test_an_empty_vocabulary_is_an_error(size, frequency):
    with pytest.raises(PipelineError, match="the vocabulary is empty"):
        vocabulary.build(Counter({"a": 5}), size, frequency)


def test_encoding():
    words = vocabulary.from_tokens(tokenise(["a a b"], "en"), 10, 1)
    encoded = vocabulary.encode(tokenise(["b z a", "", "a", ""], "en"), words)
    assert [row.tolist() for row in encoded] == [
        [3, 1, 2],
        [1],  # nothing to read becomes one unknown token
        [2],
        [1],
    ]
    assert encoded.values.dtype == np.int32
    assert vocabulary.unknown_share(encoded.values) == 0.5


def test_a_special_token_in_the_text_is_only_a_word():
    words = vocabulary.from_words(["<pad>", "<unk>", "a"], 10, 1)
    assert words == ["<pad>", "<unk>", "a"]
    assert vocabulary.ids_of(["<pad>", "<unk>", "a"], words).tolist() == [1, 1, 2]
