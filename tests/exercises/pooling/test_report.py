"""What the report says of exercise 5 follows from its settings and results."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from matplotlib.figure import Figure

from pipeline.core.files import write_json
from pipeline.exercises.pooling.report import draw_by_length
from pipeline.registry import exercises
from pipeline.report.results import Files, Results
from pipeline.report.words import Words
from tests.quoted import Numbers, check_numbers
from tests.reported_project import (
    LANGUAGES,
    change,
    configure,
    in_both,
    page,
    prose,
    retrain,
    section,
    sections,
    without,
)

both = in_both("pooling")


def test_a_flipped_result_flips_the_words(ready: Path) -> None:
    before = {language: page(language) for language in LANGUAGES}
    assert "<strong>Mean</strong> is better than <strong>last state</strong>" in before["en"]
    assert "<strong>Media</strong> supera a <strong>último estado</strong>" in before["es"]
    assert "a direct path to the answer, of length one" in prose(before["en"])
    retrain("pooling", "mean", quality=0.55)
    after = {language: page(language) for language in LANGUAGES}
    assert "<strong>Mean</strong> is worse than <strong>last state</strong>" in after["en"]
    assert "<strong>Media</strong> es peor que <strong>último estado</strong>" in after["es"]
    for language, gone, come in (
        ("en", "a direct path to the answer, of length one", "The last state is enough here"),
        ("es", "un camino directo a la respuesta, de longitud uno", "Aquí basta el último estado"),
    ):
        plain = [prose(text[language]) for text in (before, after)]
        assert gone in plain[0] and gone not in plain[1] and come in plain[1] and come not in plain[0]
    changed = {name for name, text in sections(after["en"]) if text != dict(sections(before["en"]))[name]}
    assert changed == {"pooling", "tagging", "translation"}  # primary p-values are corrected together


def test_the_same_run_is_called_so(ready: Path) -> None:
    assert "trained again with the same score" not in both()[0] and "exercise 3 trains as LSTM" in both()[0]
    shutil.copy("metrics/train/sentiment/lstm.json", "metrics/train/pooling/last.json")
    english, spanish = both()
    assert "trained again with the same score for every seed" in english
    assert "entrenada de nuevo, con la misma puntuación en cada semilla" in spanish


def test_a_network_that_exercise_3_does_not_train_is_not_said_to_be_there(ready: Path) -> None:
    configure("pooling", cell="gru")
    assert "exercise 3 trains as GRU" in both()[0] and "el ejercicio 3 entrena como GRU" in both()[1]
    configure("sentiment", pooling="mean")
    assert "exercise 3 trains" not in both()[0] and "el ejercicio 3 entrena" not in both()[1]
    configure("sentiment", pooling="last")
    configure("pooling", cell="rnn")
    assert "exercise 3 trains" not in both()[0] and "el ejercicio 3 entrena" not in both()[1]


def test_a_deviation_that_rounds_to_none_is_written_as_less(ready: Path) -> None:
    change("metrics/train/pooling/sum.json", lambda content: content["sd"].update(accuracy=0.0002))
    assert "± < 0.1" in section("pooling", "en", html=False) and "± < 0.1" in section("pooling", "es", html=False)
    assert any(text == "< 0.1" for _, _, text in Numbers(section("pooling", "en")).found)


def test_a_pair_that_the_evaluation_lacks_is_left_out(ready: Path) -> None:
    choosing = "What choosing adds to the short path"
    assert choosing in prose(section("pooling", "en"))

    def lose_pair(content: dict) -> None:
        found = content["comparisons"]["pooling"]
        found["differences"] = [one for one in found["differences"] if (one["a"], one["b"]) != ("attention", "mean")]

    change("metrics/evaluation.json", lose_pair)
    assert choosing not in prose(section("pooling", "en"))


def test_the_network_is_the_one_that_is_set(ready: Path) -> None:
    english, spanish = both()
    assert "an LSTM of 32 units over an embedding" in english and "una LSTM de 32 unidades sobre" in spanish
    assert "knows of the first words has passed through every step since" in english
    configure("pooling", cell="gru", hidden_size=48, bidirectional=True, layers=2, max_length=50, epochs=6)
    english, spanish = both()
    assert "a GRU of 48 units in each direction over" in english and "up to 50 steps" in english
    assert "una GRU de 48 unidades en cada dirección sobre" in spanish and "hasta 50 pasos" in spanish
    assert "2 recurrent layers" in english and "2 capas recurrentes" in spanish
    assert "project's defaults" in english and "Here there are at most 6 epochs in batches of" in english
    assert "que trae el proyecto" in spanish and "Aquí hay como máximo 6 épocas en lotes de" in spanish
    assert "LSTM" not in english + spanish
    assert "first words has passed" not in english and "primeras palabras ha pasado" not in spanish


def test_what_was_still_learning_at_the_end_is_named(ready: Path) -> None:
    assert "more epochs may improve it" not in both()[0] and "fue la última" not in both()[1]

    def end(content: dict) -> None:
        for seed in content["seeds"]:
            seed["best_epoch"] = seed["epochs"]

    change("metrics/train/pooling/last.json", end)
    english, spanish = both()
    assert "the best epoch of last state was the last one" in english
    assert "la mejor época de último estado fue la última" in spanish


@pytest.mark.parametrize("variant", exercises()["pooling"].variants)
def test_nothing_is_said_of_a_variant_that_is_not_there(ready: Path, variant: str) -> None:
    said = {  # of which variants a sentence tells
        "The mean gives each word": ("mean", "last"),
        "Learnt weights give": ("attention", "last"),
        "What choosing adds": ("attention", "mean"),
        "With the maximum": ("max", "last"),
        "With the sum": ("sum", "last"),
        "exercise 3 trains as": ("last",),
        "parameters instead of": ("attention", "mean"),
        "says the network": ("attention",),
        "The weights show where": ("attention",),
        "Last state has at most 5 epochs in batches of 64 at a rate of 0.010": ("last",),
        "leaves the recurrent layer out": ("no_recurrence",),
        "Without a recurrent layer": ("mean", "no_recurrence"),
        "The ways: the last state alone": ("last",),
        "the mean of all": ("mean",),
        "the sum of all": ("sum",),
        "the maximum of all": ("max",),
        "learnt weighted sum (Yang": ("attention",),
    }
    fewer = without("pooling", variant)
    for language in LANGUAGES:
        check_numbers(section(fewer, language))
    english, spanish = both(fewer)
    for words, needed in said.items():
        assert (words in english) == (variant not in needed), words
    for words, needed in (("La media da a cada", ("mean", "last")), ("Con la suma", ("sum", "last"))):
        assert (words in spanish) == (variant not in needed), words


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (0.99, "does not earn its place", "Aquí la capa recurrente no compensa"),
    (0.5, "The recurrent layer earns its place", "La capa recurrente compensa:"),
    (0.86, "and yet this test does not show it to be worse", "y, aun así, esta prueba no muestra que sea peor"),
])  # fmt: skip
def test_words_about_recurrence_follow_the_scores(ready: Path, quality: float, english: str, spanish: str) -> None:
    retrain("pooling", "no_recurrence", quality=quality)
    texts = both()
    assert english in texts[0] and spanish in texts[1]
    for text, scores in zip(texts, ("makes this comparison on", "hace esta comparación también con"), strict=True):
        assert (f"docs/published.md {scores}" in text) == (quality == 0.86)  # what they show is left to that page


def test_scores_by_length_are_those_of_the_reviews_of_that_length(ready: Path) -> None:
    path = Path("data/predictions/pooling/last.parquet")
    table = pq.read_table(path).to_pandas()
    shortest = table["length"] <= table["length"].quantile(0.25)
    table.loc[shortest, "prediction"] = 1 - table.loc[shortest, "label"]  # all of them wrong
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), path)
    of = exercises()["pooling"]
    figure = Figure()
    axes = figure.subplots()
    draw_by_length(axes, Results(of, Files()), Words("en", of))
    last = next(line for line in axes.get_lines() if line.get_label() == "last state")
    lengths, scores = last.get_data()
    assert len(lengths) == 4 and list(lengths) == sorted(lengths)
    assert scores[0] < 5 and min(scores[1:]) > 50


def test_words_of_much_weight_are_shaded_or_bold(ready: Path) -> None:
    html, markdown = section("pooling", "en"), section("pooling", "en", html=False)
    assert 'style="--s:1.000">fine</span>' in html and 'style="--s:0.139">film</span>' in html
    assert "**fine** film" in markdown and "**film**" not in markdown
    assert "A positive review: 90% positive, says the network" in markdown
    assert "Una reseña negativa: 90\u00a0% positiva, según la red" in section("pooling", "es", html=False)
    assert "thirty words" in markdown and "tronger colour" not in markdown and "Stronger colour" in html


def test_weights_that_nobody_kept_are_not_shown(ready: Path) -> None:
    write_json(Path("data/attention/pooling/attention.json"), [])
    assert "says the network" not in both()[0] and "según la red" not in both()[1]
