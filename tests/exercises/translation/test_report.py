"""What the report says of exercises 8 and 11 follows from its settings and results."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.exercises.translation import report
from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, prose, section


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_their_files(ready: Path, language: str) -> None:
    check_numbers(section("translation", language))


def test_every_sentence_gets_the_reference_of_another() -> None:
    for size in (2, 3, 50):
        rows = np.arange(100, 100 + size)
        exchanged = report.others(rows)
        assert sorted(exchanged) == rows.tolist() and (exchanged != rows).all()
        assert (report.others(rows) == exchanged).all()


def test_words_about_the_vector_follow_bleu_by_length(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = report.bleu_by_length

    def told(language: str, **lengths: dict) -> str:
        """The section; `lengths` replace what was found of BLEU by length."""
        monkeypatch.setattr(report, "bleu_by_length", lambda results: measured(results) | lengths)
        return prose(section("translation", language))

    variants = ("none", "bahdanau", "luong")
    change("metrics/train/translation/none.json", lambda content: content["mean"].update(bleu=2.0, distinct=0.1))
    never, always = dict.fromkeys(variants, False), dict.fromkeys(variants, True)
    equal = dict.fromkeys(variants, 0.5)
    cases = (
        (never, equal, "is not shown to be what is short", "sea el tamaño del vector lo que falta"),
        (never | {"none": True}, equal, "That is what a vector of fixed", "Es lo que haría un vector de tamaño fijo."),
        (always, equal | {"none": 0.2}, "more of it is lost, as where", "Sin atención se pierde más"),
        (always, equal, "no more of it is lost", "Sin atención no se pierde más"),
    )  # fmt: skip
    for falls, kept, english, spanish in cases:
        for language, words in (("en", english), ("es", spanish)):
            text = told(language, falls=falls, kept=kept)
            assert words in text
            caveat = {"en": "cannot be told apart here", "es": "no se pueden distinguir aquí"}[language]
            assert caveat in text  # whether or not BLEU falls with length
            assert sum(other[2 if language == "en" else 3] in text for other in cases) == 1
    english, spanish = (prose(section("translation", language)) for language in LANGUAGES)
    assert "repeats set phrases" in english and "repite frases hechas" in spanish
    change("metrics/train/translation/none.json", lambda content: content["mean"].update(bleu=12.0, distinct=0.9))
    text = told("en", falls=never)
    assert "set phrases" not in text and "told apart here" not in text and "is not shown to be what is short" in text


def test_a_table_as_markdown_has_its_caption(ready: Path) -> None:
    text = section("translation", "en", html=False)
    assert "not chosen by their quality" in text and "Weights under 5% are left blank" in text
    assert "tronger colour" not in text and "Stronger colour" in section("translation", "en")
