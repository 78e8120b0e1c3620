"""What the report says of the language model of characters follows from its settings and results."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.files import read_json, write_json
from pipeline.registry import exercises
from tests.quoted import check_numbers
from tests.reported_project import (
    LANGUAGES,
    change,
    complete,
    configure,
    evaluate,
    in_both,
    redeclared,
    retrain,
    section,
    without,
)
from tests.trained_project import write_variant

VARIANTS = exercises()["char_lm"].stage.variants


both = in_both("char_lm")


def test_layers_and_batches_are_those_that_are_set(ready: Path) -> None:
    english, spanish = both()
    assert "have one LSTM layer:" in english and "tienen una capa LSTM:" in spanish
    assert "in 16 parallel streams. After every 64 characters" in english
    assert "en 16 secuencias paralelas. Cada 64 caracteres" in spanish
    assert "An epoch reads about 950,000 characters from all over the text, 21% of it" in english
    assert "partes del texto, el 21 %" in spanish
    for language in LANGUAGES:
        check_numbers(section("char_lm", language))
    configure("char_lm", layers=3, batch_size=1000, characters=10**8, epochs=7)
    english, spanish = both()
    assert "have 3 LSTM layers:" in english and "tienen 3 capas LSTM:" in spanish
    assert "in 1,000 parallel" in english and "en 1000 secuencias" in spanish
    assert "about as many characters as the text has" in english and "caracteres como tiene el texto" in spanish
    assert "Epochs: at most 7." in english and "Épocas: 7 como máximo." in spanish


def scored(**qualities: float) -> None:
    for variant, quality in qualities.items():
        retrain("char_lm", variant, quality=quality)


@pytest.mark.parametrize(("qualities", "english", "spanish"), [
    ({"t64_h128": 0.95}, "Longer windows help.", "Las ventanas más largas ayudan."),
    ({"t64_h128": 0.5}, "Longer windows do not help at this", "ventanas más largas no ayudan."),
    ({}, "The length of the window is not shown to matter", "No se aprecia que importe la longitud"),
    ({"t64_h256": 0.95}, "A larger state helps.", "Un estado mayor ayuda."),
    ({"t64_h256": 0.5}, "A larger state does not help here", "Aquí un estado mayor no ayuda"),
    ({"t64_h256": 0.95}, "The network beats counting.", "La red supera al mero recuento."),
    ({"ngram": 0.95}, "The network loses to counting.", "La red pierde frente al mero recuento."),
    ({}, "Neither is shown to predict better.", "No se aprecia cuál predice mejor."),
])  # fmt: skip
def test_words_follow_the_scores(ready: Path, qualities: Mapping[str, float], english: str, spanish: str) -> None:
    scored(**qualities)
    found = both()
    assert english in found[0] and spanish in found[1]
    assert found[0].count("Longer windows ") + found[0].count("length of the window is") == 1


@pytest.mark.parametrize(("characters", "part"), [(950_000, True), (10**7, False)])
def test_a_network_has_read_only_part_of_the_text_or_all(ready: Path, characters: int, part: bool) -> None:
    configure("char_lm", characters=characters)
    scored(ngram=0.95)
    english, spanish = both()
    assert ("has read only part of the text" in english) == part
    assert ("solo ha leído una parte del texto" in spanish) == part
    assert "comparison on tinyshakespeare too" in english and "comparación también con tinyshakespeare" in spanish


@pytest.mark.parametrize("gone", VARIANTS)
def test_without_a_variant_nothing_is_said_of_it(ready: Path, gone: str) -> None:
    fewer = without("char_lm", gone)
    english, spanish = both(fewer)
    if gone == "ngram":
        assert "n-grams" not in english.lower() and "n-gramas" not in spanish.lower() and "counting?" not in english
        return
    window, size = VARIANTS[gone]["window"], VARIANTS[gone]["hidden_size"]
    assert f"window {window}, {size} units" not in english and f"ventana {window}, {size} unidades" not in spanish
    larger = "How much a larger state helps was not measured here" in english
    longer = "How much longer windows help was not measured here" in english
    assert larger == gone.startswith("t64") == ("no se midió cuánto ayuda un estado mayor" in spanish)
    assert longer == gone.endswith("h128") == ("no se midió cuánto ayudan las ventanas más largas" in spanish)
    assert ("only the reach of the gradients" in english) == (gone != "t16_h128")
    assert ("The project's default rates" in english) == (gone != "t64_h256") == ("que trae el proyecto" in spanish)
    assert ("Each size learns" in english) == ("Cada tamaño aprende" in spanish) == (gone != "t64_h256")
    assert ("The price is memory" in english) == ("El precio es la memoria" in spanish) == (gone != "t64_h256")


def test_a_single_network_or_none(ready: Path) -> None:
    english, spanish = both(without("char_lm", "t16_h128", "t64_h128"))
    assert "The network has one LSTM layer: window 64, 256 units." in english
    assert "La red tiene una capa LSTM: ventana 64, 256 unidades." in spanish
    assert "hyperparameters" not in english and "hiperparámetros" not in spanish
    english, spanish = both(without("char_lm", "t16_h128", "t64_h128", "t64_h256"))
    assert "LSTM" not in english + spanish and "What it writes" not in english and "counts of which" in english


def test_other_windows_and_sizes(ready: Path) -> None:
    """A variant that the words do not know is named and judged as the others are."""
    larger: dict[str, Any] = {"network": "lstm", "window": 64, "hidden_size": 512}
    other = redeclared("char_lm", {"t64_h128": VARIANTS["t64_h128"], "t64_h256": larger})
    evaluate(other)
    english, spanish = both(other)
    assert "window 64, 512 units" in english and "ventana 64, 512 unidades" in spanish
    assert "A larger state is not shown to help" in english and "No se aprecia que un estado mayor" in spanish
    longer = redeclared("char_lm", {"t64_h128": VARIANTS["t64_h128"], "t64_h256": larger | {"window": 128}})
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
    scored(t64_h128=0.99)
    path = Path("data/samples/char_lm/t64_h128.json")
    lines = [read_json(path)[0] | {"text": ":\n\n\n\nSo <it>  \nwas"}, read_json(path)[0] | {"top_p": None}]
    write_json(path, lines)
    for language, name, likeliest in (
        ("en", "window 64, 128 units", "the most likely 90% only"),
        ("es", "ventana 64, 128 unidades", "solo el 90\u00a0% más probable"),
    ):
        text = section("char_lm", language)
        assert f"({name})" in text and text.count(likeliest) == 1
        assert "<pre><i>ROMEO</i>:&#10;&#10;&#10;&#10;So &lt;it&gt;  &#10;was</pre>" in text
    markdown = section("char_lm", "en", html=False)
    assert re.search(r"````text\nROMEO:\n+So <it>\nwas\n````", markdown)


def test_a_score_moves_the_samples_but_never_to_what_is_no_network(ready: Path) -> None:
    change("metrics/train/char_lm/t16_h128.json", lambda content: content["mean"].update(nats=0.1))
    change("metrics/train/char_lm/ngram.json", lambda content: content["mean"].update(nats=0.01))
    assert "lowest cross-entropy (window 16, 128 units)" in both()[0]
