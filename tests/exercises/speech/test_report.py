"""What the report says of exercise 9 follows from its settings and results."""

from pathlib import Path

import pytest

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


def test_the_cell_is_the_one_that_is_set(ready: Path) -> None:
    assert "LSTM" in section("speech", "en") and "LSTM" in section("speech", "es")
    configure("speech", cell="gru")
    for language, words in (("en", "bidirectional GRU layers"), ("es", "capas GRU bidireccionales")):
        assert "LSTM" not in section("speech", language) and words in prose(section("speech", language))


def test_five_layers(ready: Path) -> None:
    write_variant(ready, "speech", "layers_5")
    complete()
    deeper = redeclared("speech", {f"layers_{layers}": {"layers": layers} for layers in (1, 2, 3, 4, 5)})
    evaluate(deeper)
    english, spanish = (prose(section(deeper, language)) for language in LANGUAGES)
    assert "Networks of 1, 2, 3, 4 and 5 bidirectional" in english and "network of 5 layers" in english
    assert "redes de 1, 2, 3, 4 y 5 capas" in spanish and "red de 5 capas" in spanish
    assert "5 layers" in section(deeper, "en", html=False) and "layers_5" not in english + spanish


def test_fewer_depths(ready: Path) -> None:
    fewer = without("speech", "layers_3", "layers_4")
    assert "Networks of 1 and 2 bidirectional" in prose(section(fewer, "en"))
    alone = without("speech", "mean_cepstra", "layers_1", "layers_2", "layers_4")
    for language, deeper, errs in (("en", "depth", " errs on "), ("es", "profundidad", " se equivoca en ")):
        text = prose(section(alone, language))
        for usual in (
            "at every depth",
            "networks of each depth",
            "con cualquier profundidad",
            "redes de cada profundidad",
        ):
            text = text.replace(usual, "")
        assert deeper not in text
        assert errs not in text


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (1.0, "Here depth helps", "Aquí la profundidad ayuda"),
    (0.5, "at least one deeper network is worse", "al menos una red más profunda es peor"),
    (0.85, "no greater depth is shown to help", "ninguna profundidad mayor ayude"),
])  # fmt: skip
def test_words_about_depth_follow_the_scores(ready: Path, quality: float, english: str, spanish: str) -> None:
    retrain("speech", "layers_3", quality=quality)
    texts = [prose(section("speech", language)) for language in LANGUAGES]
    assert english in texts[0] and spanish in texts[1]
    for text, scores in zip(texts, ("makes this comparison on", "hace esta comparación también con"), strict=True):
        assert (f"docs/published.md {scores}" in text) == (quality < 1)  # what they show is left to that page


def test_few_errors_are_said_only_where_there_are_few(ready: Path) -> None:
    assert "so few errors" not in prose(section("speech", "en"))
    for layers in (1, 2, 3, 4):
        write_variant(ready, "speech", f"layers_{layers}", quality=1.0)
        path = ready / f"metrics/train/speech/layers_{layers}.json"
        path.write_text(path.read_text().replace('"mean": {', '"mean": {"error_rate": 0.0, '))
    complete()
    evaluate(exercises()["speech"])
    assert "so few errors" in prose(section("speech", "en")) and "tan pocos errores" in prose(section("speech", "es"))


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (0.5, "finds much in the frames", "encuentra en las tramas mucho"),
    (0.85, "a recurrent layer is not shown to pay", "no se aprecia que una capa recurrente compense"),
])  # fmt: skip
def test_words_about_recurrence_follow_the_comparison(ready: Path, quality: float, english: str, spanish: str) -> None:
    retrain("speech", "mean_cepstra", quality=quality)
    assert english in prose(section("speech", "en")) and spanish in prose(section("speech", "es"))


def test_noise_is_spoken_of_only_where_there_is_noise(ready: Path) -> None:
    for language, words in (("en", "multi-condition training"), ("es", "entrenamiento multicondición")):
        assert words in prose(section("speech", language)) and "speech_noise" in section("speech", language, html=False)
    for variant in exercises()["speech"].variants:

        def quiet(content: dict) -> None:
            for seed in content["seeds"]:
                seed["test"]["snr"] = {"clean": 0.8}

        change(f"metrics/train/speech/{variant}.json", quiet)
    for language, words in (("en", "noise"), ("es", "ruido")):
        assert words not in prose(section("speech", language)) and "speech_noise" not in section(
            "speech", language, html=False
        )
