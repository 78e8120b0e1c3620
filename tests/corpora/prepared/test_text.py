"""Tokens are spaCy's, and text is repaired."""

import numpy as np
import pytest
import spacy

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
    assert tokens.texts.lengths.tolist() == [100_000, 1]


def test_splits_are_tokenised_together_and_come_back_apart():
    parts = tokenise_splits({"train": TEXTS[:1], "validation": [], "test": TEXTS[1:]}, "en")
    assert [len(part) for part in parts.values()] == [1, 0, 4]
    assert parts["test"][1] == tokenise(TEXTS[2:3], "en")[0]


def test_take_repeats_and_reorders():
    tokens = tokenise(["a b", "", "c"], "en").take(np.array([2, 0, 1, 2]))
    assert [tokens[i] for i in range(4)] == [["c"], ["a", "b"], [], ["c"]]


def test_repair():
    assert repair("it\x92s\x85 so\xadsoft \x97 \x81 a\tb\n") == "it\u2019s\u2026 sosoft \u2014 a b"
