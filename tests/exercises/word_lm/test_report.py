"""What the report says of exercise 7 follows from its settings and results."""

from pathlib import Path

import pytest

from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, complete, configure, in_both, prose, retrain, section, without
from tests.trained_project import write_variant

SENTENCES = (
    ("gain comes in the test", "gain comes from training", "relies on it"),
    ("llega en la prueba", "viene del entrenamiento", "cuenta con él"),
)
VARIANTS = ("ngram", "carried", "reset")


both = in_both("word_lm")


def score(variant: str, **scores: float) -> None:
    change(f"metrics/train/word_lm/{variant}.json", lambda content: content["mean"].update(scores))


def test_where_less_is_better_the_sign_is_explained(ready: Path) -> None:
    retrain("word_lm", "carried", quality=0.8)
    assert "Carried state and reset state (first minus second: " in prose(section("word_lm", "en")).replace(
        "No difference is shown between carried", "Carried"
    )
    assert "entre estado conservado y estado reiniciado (primero menos segundo: " in prose(section("word_lm", "es"))


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (0.95, "Carrying it helps.", "Conservarlo ayuda."),
    (0.8, "Carrying it is not shown to help here.", "Aquí no se aprecia que conservarlo ayude."),
    (0.6, "Carrying it does not help here.", "Aquí conservarlo no ayuda."),
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


def test_without_counts_nothing_is_said_of_them(ready: Path) -> None:
    english, spanish = both(without("word_lm", "ngram"))
    assert "n-grams" not in english and "n-gramas" not in spanish and "or counting?" not in english
    english, spanish = both(without("word_lm", "carried", "reset"))
    assert "LSTM" not in english + spanish and "DataLoader" not in english + spanish
    assert "counts of which words" in english and "recuentos de qué palabras" in spanish


@pytest.mark.parametrize(("quality", "words", "english", "spanish"), [
    (0.5, 900.0, "The network predicts better than counts. Most", "La red predice mejor que los recuentos. Casi"),
    (0.5, 100.0, "On words alone it does not: their perplexity is 100.0 for the counts and 300.0 for",
     "En las palabras solas, no: su perplejidad es 100.0 con los recuentos y 300.0 con"),
    (0.99, 100.0, "Counts predict better than this network", "Los recuentos predicen mejor que esta red"),
])  # fmt: skip
def test_words_about_counting_follow_the_scores(
    ready: Path, quality: float, words: float, english: str, spanish: str
) -> None:
    retrain("word_lm", "ngram", quality=quality)
    score("ngram", word_perplexity=words)
    score("carried", word_perplexity=300.0)
    found = both()
    assert english in found[0] and spanish in found[1]
    assert found[0].count("han counts. Most") + found[0].count("On words alone it does not") <= 1


@pytest.mark.parametrize(("carried", "reset", "english", "spanish"), [
    ((90.0, 99.0), (95.0, 91.0), ("gain comes in the test", "relies on it"), ("llega en la prueba", "cuenta con él")),
    ((90.0, 94.0), (95.0, 94.5), ("gain comes from training",), ("viene del entrenamiento",)),
    ((96.0, 99.0), (95.0, 91.0), ("relies on it",), ("cuenta con él",)),
])  # fmt: skip
def test_both_networks_are_shown_both_ways(
    ready: Path,
    carried: tuple[float, float],
    reset: tuple[float, float],
    english: tuple[str, ...],
    spanish: tuple[str, ...],
) -> None:
    """Scores are those of a test like the training, and the other way."""
    for variant, (own, other) in {"carried": carried, "reset": reset}.items():
        score(variant, perplexity=own, perplexity_other_way=other)
    for text, said, sentences in zip(both(), (english, spanish), SENTENCES, strict=True):
        assert [one for one in sentences if one in text] == list(said)
    table = section("word_lm", "en", html=False)
    assert f"| carried state | {carried[0]} | {carried[1]} |" in table
    assert f"| reset state | {reset[1]} | {reset[0]} |" in table
    for language in LANGUAGES:
        check_numbers(section("word_lm", language))


def test_layers_softmax_and_batches_are_those_that_are_set(ready: Path) -> None:
    english, spanish = both()
    assert "an LSTM of 128 units and an adaptive softmax" in english and "LSTM layers" not in english
    assert "una LSTM de 128 unidades y un softmax adaptativo" in spanish and "capas LSTM" not in spanish
    assert "An epoch reads about 900,000 tokens, ends of lines included: 77% of" in english
    assert "Una época lee unos 900 000 tokens, contando los finales de línea: el 77 % del" in spanish
    configure("word_lm", layers=2, hidden_size=50, cutoffs=[], lines=1, batch_size=8, epochs=5, words=10**7)
    english, spanish = both()
    assert "An epoch reads the whole text." in english and "Una época lee el texto entero." in spanish
    assert "2 LSTM layers of 50 units and a softmax over all words" in english
    assert "2 capas LSTM de 50 unidades y un softmax sobre todas las palabras" in spanish
    assert "cut into 8 streams" in english and "(1 at a time)" in english and "Epochs: at most 5." in english
    assert "en 8 secuencias" in spanish and "(1 cada vez)" in spanish and "Épocas: 5 como máximo." in spanish
    configure("word_lm", cutoffs=[10**6])  # beyond the vocabulary: left out
    assert "adaptive" not in both()[0] and "adaptativo" not in both()[1]


@pytest.mark.parametrize(("edition", "english", "spanish"), [
    ("packaged", "marks of Shakespeare's plays and poems to train on", "de las obras teatrales y los poemas de"),
    ("official", "marks of Shakespeare's plays to train on", "puntuación de las obras teatrales de Shakespeare para"),
    ("mine", "marks of text to train on", "puntuación de un texto para"),
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
    score("ngram", line_end_accuracy=0.222)
    english, spanish = both()
    assert "in this share of cases: reset state 12.3%, carried state 32.1% and n-grams 22.2%." in english
    assert "de los casos: estado reiniciado 12.3 %, estado conservado 32.1 % y n-gramas 22.2 %." in spanish
