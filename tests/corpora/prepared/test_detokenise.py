"""Tokens joined as text is written."""

import pytest
import spacy

from pipeline.corpora.prepared.detokenise import detokenise


@pytest.mark.parametrize(
    "text",
    [
        "he said, go! or did he?",
        "don't do it: it's the king's, and they're here.",
        "the wave-offering (of the sons' house), 7%; yes!",
        "¿quién es? ¡él!",
    ],
)
def test_tokenising_is_undone(text):
    assert detokenise([token.text for token in spacy.blank("en")(text)]) == text


def test_nothing_gives_nothing():
    assert detokenise([]) == ""
