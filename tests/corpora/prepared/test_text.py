"""Tokens and vocabularies."""

from collections import Counter

import numpy as np
import pytest
import spacy

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared import vocabulary
from pipeline.corpora.prepared.text import repair, tokenise, tokenise_splits

TEXTS = [
    "I can't say it's a good-looking film... (7/10) :-) http://a.org/x?y=1",
    "",
    "  Mr. Smith's\tdog\n\n won't   eat $3.50   \u00a0 worth of U.S. caf\u00e9 food!!! ",
    "\n \t",
    "'quoted' \"words\" and--dashes -- \u201ccurly\u201d \U0001f600 \u4e2d\u6587 e.g. this",
]


@pytest.mark.parametrize("language", ["en", "es", "de"])
def test_tokens_are_those_of_spacy_on_whole_texts(language):
    nlp = spacy.blank(language)
    tokens = tokenise(TEXTS, language)
    assert [tokens[i] for i in range(len(TEXTS))] == [
        [token.lower_ for token in nlp(text) if not token.is_space] for text in TEXTS
    ]


def test_the_order_of_texts_does_not_matter():
    forwards, backwards = tokenise(TEXTS, "en"), tokenise(TEXTS[::-1], "en")
    assert [forwards[i] for i in range(5)] == [backwards[4 - i] for i in range(5)]
    assert forwards.words == backwards.words


def test_a_text_of_100_000_tokens():
    tokens = tokenise(["word , " * 50_000, "end"], "en")
    assert tokens.lengths.tolist() == [100_000, 1]


def test_splits_are_tokenised_together_and_come_back_apart():
    parts = tokenise_splits({"train": TEXTS[:1], "validation": [], "test": TEXTS[1:]}, "en")
    assert [len(part) for part in parts.values()] == [1, 0, 4]
    assert parts["test"][1] == tokenise(TEXTS[2:3], "en")[0]


def test_take_repeats_and_reorders():
    tokens = tokenise(["a b", "", "c"], "en").take(np.array([2, 0, 1, 2]))
    assert [tokens[i] for i in range(4)] == [["c"], ["a", "b"], [], ["c"]]


def test_repair():
    assert repair("it\x92s\x85 so\xadsoft \x97 \x81 a\tb\n") == "it\u2019s\u2026 sosoft \u2014 a b"


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
    assert [encoded.ids[encoded.offsets[i] : encoded.offsets[i + 1]].tolist() for i in range(4)] == [
        [3, 1, 2],
        [1],  # nothing to read becomes one unknown token
        [2],
        [1],
    ]
    assert encoded.ids.dtype == np.int32
    assert vocabulary.unknown_share(encoded) == 0.5


def test_a_special_token_in_the_text_is_only_a_word():
    words = vocabulary.from_words(["<pad>", "<unk>", "a"], 10, 1)
    assert words == ["<pad>", "<unk>", "a"]
    assert vocabulary.ids_of(["<pad>", "<unk>", "a"], words).tolist() == [1, 1, 2]
