"""What the report says of exercise 2 follows from its settings and results."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from pipeline.core.files import read_json
from pipeline.exercises.next_value.report import draw_forecasts, draw_shares, drawn, gradient_shares
from pipeline.registry import exercises
from pipeline.report.results import Files, Results
from pipeline.report.words import Words
from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, configure, prose, retrain, section, without

EXERCISE = exercises()["next_value"]


def test_forecasts_are_those_of_the_first_seed_of_what_validated_best(ready: Path) -> None:
    for variant in EXERCISE.variants:
        rmse = 5.0 if variant in ("autoregression", "lstm") else 9.0
        change(
            f"metrics/train/next_value/{variant}.json",
            lambda content, rmse=rmse: [seed["validation"].update(rmse=rmse) for seed in content["seeds"]],
        )
    results = Results(EXERCISE, Files())
    assert drawn(results) == ["persistence", "autoregression_roots", "lstm"]
    figure = Figure()
    draw_forecasts(figure, results, Words("en", EXERCISE))
    above, below = figure.axes
    table = results.predictions("lstm", "value", "prediction")
    assert above.lines[3].get_ydata().tolist() == table["prediction"][0]
    assert below.lines[2].get_ydata() == pytest.approx(np.array(table["prediction"][0]) - np.array(table["value"][0]))
    legend = [text.get_text() for text in above.get_legend().get_texts()]
    assert legend == ["measured", "persistence", "autoregression of roots", "LSTM"]


def test_shares_of_the_gradient_are_drawn_newest_first(ready: Path) -> None:
    results, figure = Results(EXERCISE, Files()), Figure()
    draw_shares(figure.subplots(), results, Words("en", EXERCISE))
    norms = np.array(read_json(Path("metrics/train/next_value/rnn.json"))["seeds"][0]["test"]["step_gradient_norms"])
    first, *_, mean = figure.axes[0].lines[:4]
    assert first.get_ydata() == pytest.approx(100 * norms[::-1] / norms.sum())
    assert mean.get_ydata() == pytest.approx(100 * gradient_shares(results, "rnn").mean(axis=0))
    assert mean.get_ydata().sum() == pytest.approx(100)


@pytest.mark.parametrize("gone", EXERCISE.variants)
def test_a_model_that_is_not_there_is_not_spoken_of(ready: Path, gone: str) -> None:
    said = {
        "persistence": ("as last year", "que el año pasado"),
        "autoregression": ("one on the counts and one", "una sobre los recuentos y otra"),
        "autoregression_roots": ("The fair rival of the networks", "El rival justo de las redes"),
        "rnn": ("In the plain RNN", "En la RNN simple"),
        "gru": ("(GRU and LSTM)", "(GRU y LSTM)"),
        "lstm": ("(GRU and LSTM)", "(GRU y LSTM)"),
    }[gone]
    for language, words in zip(LANGUAGES, said, strict=True):
        assert words in prose(section("next_value", language))
    fewer = without("next_value", gone)
    for language, words in zip(LANGUAGES, said, strict=True):
        text = section(fewer, language)
        assert words not in prose(text)
        check_numbers(text)


def test_without_a_fair_rival_no_network_is_said_to_win_or_lose(ready: Path) -> None:
    fewer = without("next_value", "autoregression_roots")
    english, spanish = (prose(section(fewer, language)) for language in LANGUAGES)
    assert "No network is compared with an autoregression" in english and "Ninguna red se compara con" in spanish
    assert "reads roots" not in english.replace("It reads square roots", "") and "No network is shown" not in english


def test_without_networks_nothing_is_said_of_their_weights(ready: Path) -> None:
    alone = without("next_value", "rnn", "gru", "lstm")
    english, spanish = (prose(section(alone, language)) for language in LANGUAGES)
    assert "gradient" not in english and "gradiente" not in spanish
    assert "network" not in english.replace("Do recurrent networks", "") and "La red" not in spanish
    assert "cells.py" not in english + spanish and "its first seed" not in english
    assert drawn(Results(alone, Files())) == ["persistence", "autoregression_roots"]


def test_one_network_is_not_called_the_best(ready: Path) -> None:
    alone = without("next_value", "gru", "lstm")
    english, spanish = (prose(section(alone, language)) for language in LANGUAGES)
    assert "The network is drawn with its first seed" in english and "La red se dibuja" in spanish
    assert "reaches furthest" not in english and "llega más lejos" not in spanish
    assert "With gates" not in english and "Con puertas" not in spanish


@pytest.mark.parametrize(("window", "near", "far"), [(6, False, False), (12, True, False), (13, True, True)])
def test_years_beyond_the_window_are_not_spoken_of(ready: Path, window: int, near: bool, far: bool) -> None:
    configure("next_value", window=window, lags=2)
    for variant in ("rnn", "gru", "lstm"):
        norms = {"step_gradient_norms": [1.0] * (window - 1)}
        change(
            f"metrics/train/next_value/{variant}.json",
            lambda content, norms=norms: [seed["test"].update(norms) for seed in content["seeds"]],
        )
    for language, five, eleven, furthest in (
        ("en", "the last five years", "more than eleven back", "reaches furthest"),
        ("es", "los últimos cinco años", "a más de once", "llega más lejos"),
    ):
        text = section("next_value", language)
        assert (five in prose(text), eleven in prose(text), furthest in prose(text)) == (near, far, far)
        check_numbers(text)


def test_words_about_the_rival_follow_the_comparison(ready: Path) -> None:
    english, spanish = (prose(section("next_value", language)) for language in LANGUAGES)
    assert "finds something here" in english and "encuentra aquí algo" in spanish
    assert "It is beaten by GRU and LSTM:" in english and "Se ve superada por GRU y LSTM:" in spanish
    assert "sees further back: 24 years instead of 9" in english and "mira más atrás: 24 años en lugar de 9" in spanish
    configure("next_value", window=9)
    assert "sees further back" not in prose(section("next_value", "en"))
    for variant in ("gru", "lstm"):
        retrain("next_value", variant, quality=0.6)
    english, spanish = (prose(section("next_value", language)) for language in LANGUAGES)
    assert "No network is shown to beat it." in english and "No se aprecia que ninguna red la supere." in spanish
    assert "finds something here" not in english and "encuentra aquí algo" not in spanish


def test_a_lower_error_is_not_yet_a_victory(ready: Path) -> None:
    for variant in ("gru", "lstm"):
        retrain("next_value", variant, quality=0.8)  # as its rival
    change("metrics/train/next_value/gru.json", lambda content: content["mean"].update(rmse=0.1))
    change("metrics/train/next_value/lstm.json", lambda content: content["mean"].update(rmse=99.0))
    english, spanish = (prose(section("next_value", language)) for language in LANGUAGES)
    assert "though the RMSE of GRU is lower" in english and "aunque el RMSE de GRU es menor" in spanish


@pytest.mark.parametrize(("rmse", "english", "spanish"), [
    (5.0, "all the networks are ahead: their RMSE there is 5.0 (RNN), 5.0 (GRU) and 5.0 (LSTM), the rival's 6.0",
     "van por delante todas las redes: su RMSE es allí 5.0 (RNN), 5.0 (GRU) y 5.0 (LSTM); el del rival, 6.0"),
    (7.0, "the networks' RMSE is 7.0 (RNN), 7.0 (GRU) and 7.0 (LSTM), the rival's 6.0",
     "el RMSE de las redes es 7.0 (RNN), 7.0 (GRU) y 7.0 (LSTM); el del rival, 6.0"),
])  # fmt: skip
def test_words_about_validation_follow_its_scores(ready: Path, rmse: float, english: str, spanish: str) -> None:
    for variant in ("rnn", "gru", "lstm", "autoregression_roots"):
        reached = 6.0 if variant == "autoregression_roots" else rmse
        change(
            f"metrics/train/next_value/{variant}.json",
            lambda content, reached=reached: [seed["validation"].update(rmse=reached) for seed in content["seeds"]],
        )
    found = [prose(section("next_value", language)) for language in LANGUAGES]
    assert english in found[0] and spanish in found[1]
    for language in LANGUAGES:
        check_numbers(section("next_value", language))


def test_words_about_the_baselines_follow_the_comparison(ready: Path) -> None:
    assert "already shows that there is something to learn" in prose(section("next_value", "en"))
    assert "Reading roots does not by itself explain" in prose(section("next_value", "en"))
    retrain("next_value", "autoregression", quality=0.5)
    english, spanish = (prose(section("next_value", language)) for language in LANGUAGES)
    assert "does not show that there is anything to learn" in english and "no muestra que haya algo" in spanish
    assert "only from its way of reading the data" in english and "solo a su modo de leer los datos" in spanish


@pytest.mark.parametrize(("lowest", "english", "spanish"), [
    ("lstm", "LSTM reaches furthest and also has the lowest RMSE", "LSTM es la que llega más lejos y también"),
    ("rnn", "does not have the lowest RMSE: LSTM reaches", "no es la de menor RMSE: LSTM llega más lejos"),
])  # fmt: skip
def test_words_about_reach_follow_the_gradients(ready: Path, lowest: str, english: str, spanish: str) -> None:
    for variant in ("rnn", "gru", "lstm"):
        norms = [1.0 if variant == "lstm" else 0.0, *[1.0] * 22]  # the oldest first
        rmse = 1.0 if variant == lowest else 2.0

        def edit(content: dict, norms: list[float] = norms, rmse: float = rmse) -> None:
            content["mean"]["rmse"] = rmse
            for seed in content["seeds"]:
                seed["test"]["step_gradient_norms"] = norms

        change(f"metrics/train/next_value/{variant}.json", edit)
    assert english in prose(section("next_value", "en")) and spanish in prose(section("next_value", "es"))
