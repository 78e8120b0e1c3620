"""What the report says of the language model of characters follows from its settings and results."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.files import read_json, write_json
from pipeline.declaration import Exercise
from pipeline.registry import exercises
from tests.reported_project import (
    LANGUAGES,
    change,
    complete,
    configure,
    evaluate,
    prose,
    redeclared,
    retrain,
    section,
    without,
)
from tests.trained_project import write_variant

VARIANTS = exercises()["char_lm"].stage.variants


def both(exercise: str | Exercise = "char_lm") -> list[str]:
    return [prose(section(exercise, language)) for language in LANGUAGES]


def test_layers_and_batches_are_those_that_are_set(ready: Path) -> None:
    english, spanish = both()
    assert "with one LSTM layer." in english and "con una capa LSTM." in spanish
    assert "Every update reads 2,048 characters" in english and "actualización lee 2048 caracteres" in spanish
    assert "An epoch reads about 1,000,000 characters" in english
    configure("char_lm", layers=3, batch_size=1000, characters=10**8, epochs=7)
    english, spanish = both()
    assert "with 3 LSTM layers." in english and "con 3 capas LSTM." in spanish
    assert "Every update reads about 1,000 characters" in english and "actualización lee unos 1000" in spanish
    assert "about as many characters as the text has" in english and "caracteres como tiene el texto" in spanish
    assert "Epochs: 7." in english and "Épocas: 7." in spanish


def scored(**qualities: float) -> None:
    for variant, quality in qualities.items():
        retrain("char_lm", variant, quality=quality)


@pytest.mark.parametrize(("qualities", "english", "spanish"), [
    ({"t128_h128": 0.95, "t128_h256": 0.95}, "Longer windows help: ", "Las ventanas más largas ayudan: "),
    ({"t128_h128": 0.95, "t128_h256": 0.5}, "Longer windows help in some", "más largas ayudan en algunas"),
    ({"t128_h128": 0.5, "t128_h256": 0.5}, "Longer windows do not help at this", "ventanas más largas no ayudan: "),
    ({}, "The length of the window is not shown to matter", "No se aprecia que importe la longitud"),
    ({"t16_h256": 0.95}, "A larger state helps: ", "Un estado mayor ayuda: "),
    ({"t16_h256": 0.5}, "A larger state does not help here", "Aquí un estado mayor no ayuda"),
])  # fmt: skip
def test_words_about_hyperparameters_follow_the_scores(
    ready: Path, qualities: Mapping[str, float], english: str, spanish: str
) -> None:
    scored(**qualities)
    found = both()
    assert english in found[0] and spanish in found[1]
    assert found[0].count("Longer windows ") + found[0].count("length of the window is") == 1


@pytest.mark.parametrize("gone", VARIANTS)
def test_without_a_variant_nothing_is_said_of_it(ready: Path, gone: str) -> None:
    fewer = without("char_lm", gone)
    window, size = VARIANTS[gone]["window"], VARIANTS[gone]["hidden_size"]
    english, spanish = both(fewer)
    assert f"window {window}, {size} units" not in english and f"ventana {window}, {size} unidades" not in spanish
    larger = "How much a larger state helps was not measured here" in english
    assert larger == gone.startswith("t16") == ("no se midió cuánto ayuda un estado mayor" in spanish)
    assert "How much longer windows help" not in english and "cuánto ayudan las ventanas" not in spanish


def test_windows_or_sizes_alone(ready: Path) -> None:
    english, spanish = both(without("char_lm", "t16_h256", "t128_h256"))
    assert "read in many parallel streams" in english and "leen en muchas secuencias" in spanish
    assert "differ in the window, the characters" in english and "difieren en la ventana, los" in spanish
    assert "units of the state:" not in english and "unidades del estado:" not in spanish
    english, spanish = both(without("char_lm", "t128_h128", "t128_h256"))
    assert "differ in the units of the state;" in english and "difieren en las unidades del estado;" in spanish
    assert "How much longer windows help was not measured" in english and "many parallel streams" not in english
    assert "no se midió cuánto ayudan las ventanas más largas" in spanish and "muchas secuencias" not in spanish
    english, spanish = both(without("char_lm", "t16_h128", "t128_h128", "t128_h256"))
    assert "The network (window 16, 256 units)" in english and "La red (ventana 16, 256 unidades)" in spanish
    assert "hyperparameters" not in english and "hiperparámetros" not in spanish


def test_other_windows_and_sizes(ready: Path) -> None:
    """A variant that the words do not know is named and judged as the others are."""
    larger: dict[str, Any] = {"window": 16, "hidden_size": 512}
    other = redeclared("char_lm", {"t16_h128": VARIANTS["t16_h128"], "t16_h256": larger})
    evaluate(other)
    english, spanish = both(other)
    assert "window 16, 512 units" in english and "ventana 16, 512 unidades" in spanish
    assert "A larger state is not shown to help" in english and "No se aprecia que un estado mayor" in spanish
    longer = redeclared("char_lm", {"t16_h128": VARIANTS["t16_h128"], "t16_h256": larger | {"window": 64}})
    evaluate(longer)
    english, _ = both(longer)  # the two differ in both: neither is told apart
    assert "How much a larger state helps was not measured" in english
    assert "How much longer windows help was not measured" in english


@pytest.mark.parametrize(("edition", "english", "spanish"), [
    ("packaged", "characters of Shakespeare's plays and poems", "caracteres de las obras teatrales y los poemas"),
    ("official", "of Shakespeare's plays to train on", "caracteres de las obras teatrales de Shakespeare para"),
    ("mine", "characters of text to train on", "caracteres de un texto para"),
])  # fmt: skip
def test_the_texts_are_those_of_the_edition(ready: Path, edition: str, english: str, spanish: str) -> None:
    for variant in VARIANTS:
        write_variant(ready, "char_lm", variant, edition=edition)
    complete()
    found = both()
    assert english in found[0] and spanish in found[1]
    assert ("Shakespeare" in found[0]) == ("Shakespeare" in found[1]) == (edition != "mine")


def test_the_best_network_writes(ready: Path) -> None:
    scored(t128_h128=0.99)
    path = Path("data/samples/char_lm/t128_h128.json")
    lines = [read_json(path)[0] | {"text": ":\n\n\n\nSo <it>  \nwas"}, read_json(path)[0] | {"top_p": None}]
    write_json(path, lines)
    for language, name, likeliest in (
        ("en", "window 128, 128 units", "the most likely 90% only"),
        ("es", "ventana 128, 128 unidades", "solo el 90\u00a0% más probable"),
    ):
        text = section("char_lm", language)
        assert f"({name})" in text and text.count(likeliest) == 1
        assert "<pre><i>ROMEO</i>:&#10;&#10;&#10;&#10;So &lt;it&gt;  &#10;was</pre>" in text
    markdown = section("char_lm", "en", html=False)
    assert re.search(r"````text\nROMEO:\n+So <it>\nwas\n````", markdown)


def test_a_score_moves_the_samples(ready: Path) -> None:
    change("metrics/train/char_lm/t16_h128.json", lambda content: content["mean"].update(nats=0.1))
    assert "lowest cross-entropy (window 16, 128 units)" in both()[0]
