"""What the report says of exercise 7 follows from its settings and results."""

from pathlib import Path

import pytest

from pipeline.declaration import Exercise
from tests.reported_project import LANGUAGES, change, complete, configure, prose, retrain, section, without
from tests.trained_project import write_variant

VARIANTS = ("carried", "reset")


def both(exercise: str | Exercise = "word_lm") -> list[str]:
    return [prose(section(exercise, language)) for language in LANGUAGES]


def score(variant: str, **scores: float) -> None:
    change(f"metrics/train/word_lm/{variant}.json", lambda content: content["mean"].update(scores))


def test_where_less_is_better_the_sign_is_explained(ready: Path) -> None:
    retrain("word_lm", "carried", quality=0.8)
    assert "Carried state and reset state (first minus second: " in prose(section("word_lm", "en")).replace(
        "No difference is shown between carried", "Carried"
    )
    assert "entre estado conservado y estado reiniciado (primero menos segundo: " in prose(section("word_lm", "es"))


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (0.95, "Carrying it helps: ", "Conservarlo ayuda: "),
    (0.8, "Carrying it is not shown to help here: ", "Aquí no se aprecia que conservarlo ayude: "),
    (0.6, "Carrying it does not help here: ", "Aquí conservarlo no ayuda: "),
])  # fmt: skip
def test_words_about_the_state_follow_the_scores(ready: Path, quality: float, english: str, spanish: str) -> None:
    retrain("word_lm", "carried", quality=quality)
    found = both()
    assert english in found[0] and spanish in found[1]


@pytest.mark.parametrize(("gone", "here"), [
    ("carried", ("reset state", "estado reiniciado")), ("reset", ("carried state", "estado conservado")),
])  # fmt: skip
def test_without_a_variant_nothing_is_said_of_it(ready: Path, gone: str, here: tuple[str, str]) -> None:
    names = {"carried": ("carried state", "estado conservado"), "reset": ("reset state", "estado reiniciado")}
    for text, absent, present in zip(both(without("word_lm", gone)), names[gone], here, strict=True):
        assert absent not in text.lower() and present in text.lower()
    english, spanish = both(without("word_lm", gone))
    assert "How much carrying it helps was not measured here" in english
    assert "Aquí no se midió cuánto ayuda conservarlo" in spanish
    assert "Carrying it" not in english and "onservarlo ayud" not in spanish


def test_layers_softmax_and_batches_are_those_that_are_set(ready: Path) -> None:
    english, spanish = both()
    assert "an LSTM of 128 units and an adaptive softmax" in english and "LSTM layers" not in english
    assert "una LSTM de 128 unidades y un softmax adaptativo" in spanish and "capas LSTM" not in spanish
    configure("word_lm", layers=2, hidden_size=50, cutoffs=[], lines=1, batch_size=8, epochs=5)
    english, spanish = both()
    assert "2 LSTM layers of 50 units and a softmax over all words" in english
    assert "2 capas LSTM de 50 unidades y un softmax sobre todas las palabras" in spanish
    assert "cut into 8 streams" in english and "(1 at a time)" in english and "Epochs: 5." in english
    assert "en 8 secuencias" in spanish and "(1 cada vez)" in spanish and "Épocas: 5." in spanish
    configure("word_lm", cutoffs=[10**6])  # beyond the vocabulary: left out
    assert "adaptive" not in both()[0] and "adaptativo" not in both()[1]


@pytest.mark.parametrize(("edition", "english", "spanish"), [
    ("packaged", "words of Shakespeare's plays and poems to train on", "palabras de las obras teatrales y los poemas"),
    ("official", "words of Shakespeare's plays to train on", "palabras de las obras teatrales de Shakespeare para"),
    ("mine", "words of text to train on", "palabras de un texto para"),
])  # fmt: skip
def test_the_texts_are_those_of_the_edition(ready: Path, edition: str, english: str, spanish: str) -> None:
    for variant in VARIANTS:
        write_variant(ready, "word_lm", variant, edition=edition)
    complete()
    found = both()
    assert english in found[0] and spanish in found[1]
    assert ("Shakespeare" in found[0]) == ("Shakespeare" in found[1]) == (edition != "mine")


def test_totals_flatter_only_where_words_are_harder(ready: Path) -> None:
    for words, flattered in ((200.0, True), (50.0, False)):
        for variant in VARIANTS:
            score(variant, perplexity=90.0, word_perplexity=words)
        english, spanish = both()
        assert ("the totals make a model of words look better" in english) == flattered
        assert ("hacen parecer mejor a un modelo de palabras" in spanish) == flattered
    score("carried", word_perplexity=200.0)
    assert "flatter" not in both()[0]  # not with both


def test_every_share_follows_its_variant(ready: Path) -> None:
    score("carried", line_end_accuracy=0.321)
    score("reset", line_end_accuracy=0.123)
    english, spanish = both()
    assert "in this share of cases: reset state 12.3% and carried state 32.1%." in english
    assert "proporción de los casos: estado reiniciado 12.3 % y estado conservado 32.1 %." in spanish
