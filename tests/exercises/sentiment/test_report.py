"""What the report says of exercise 3 follows from its settings and results."""

from pathlib import Path

import pytest

from pipeline.registry import exercises
from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, configure, in_both, retrain, section, without

both = in_both("sentiment")


def test_the_network_is_the_one_that_is_set(ready: Path) -> None:
    english, spanish = both()
    assert "a recurrent layer of 32 units, and a linear layer on the last state; at most 4 epochs" in english
    assert "una capa recurrente de 32 unidades y una capa lineal sobre el último estado" in spanish
    assert "by their last state alone" in english and "solo por su último estado" in spanish
    configure("sentiment", layers=2, bidirectional=True, hidden_size=48, pooling="max", epochs=7)
    english, spanish = both()
    assert "2 recurrent layers of 48 units in each direction, and a linear layer on the maximum of all" in english
    assert "2 capas recurrentes de 48 unidades en cada dirección y una capa lineal sobre el máximo de todos" in spanish
    assert "at most 7 epochs" in english and "como máximo 7 épocas" in spanish
    assert "last state alone" not in english and "solo por su último estado" not in spanish


def test_reviews_that_are_read_whole_are_not_called_cut(ready: Path) -> None:
    assert "at most the last 128" in both()[0]
    configure("sentiment", max_length=5000)
    english, spanish = both()
    assert "all of them are read" in english and "se leen todos" in spanish
    assert "verdict tends" not in english and "el veredicto suele" not in spanish


def test_most_parameters_are_in_the_embedding_only_where_they_are(ready: Path) -> None:
    assert "embedding holds most" in both()[0]
    for variant in exercises()["sentiment"].variants:
        change(f"metrics/train/sentiment/{variant}.json", lambda content: content["seeds"][0].update(parameters=10**7))
    english, spanish = both()
    assert "embedding holds most" not in english and "La mayoría está en el embedding" not in spanish


def test_what_is_said_of_the_test_reviews_follows_the_edition(ready: Path) -> None:
    english, spanish = both()
    assert "held out of the official training half" in english and "mitad oficial de entrenamiento" in spanish

    for variant in exercises()["sentiment"].variants:
        change(f"metrics/train/sentiment/{variant}.json", lambda content: content.update(edition="mine"))
    english, spanish = both()
    assert "no test split of its own" in english and "No trae una parte de prueba propia" in spanish
    assert "official" not in english and "oficial" not in spanish
    change("metrics/data/imdb.json", lambda content: content["read"].update({"test reviews": 25000}))
    english, spanish = both()
    assert "this edition tests" not in english and "esta edición" not in spanish


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (1.0, "In this test the two differ: GRU is better", "En esta prueba las dos difieren: GRU"),
    (0.5, "In this test the two differ: GRU is worse", "En esta prueba las dos difieren: GRU"),
    (0.85, "not shown to be worse or better", "no se aprecia que la celda menor sea peor ni mejor"),
])  # fmt: skip
def test_words_about_the_cell_follow_the_scores(ready: Path, quality: float, english: str, spanish: str) -> None:
    retrain("sentiment", "gru", quality=quality)
    texts = both()
    assert english in texts[0] and spanish in texts[1]


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (0.99, "Not for this task and this much data", "Para esta tarea y con estos datos, no"),
    (0.5, "In this test it is", "En esta prueba, sí"),
    (0.85, "This test does not show it", "Esta prueba no lo muestra"),
])  # fmt: skip
def test_if_the_networks_lose_the_words_say_so(ready: Path, quality: float, english: str, spanish: str) -> None:
    retrain("sentiment", "linear", quality=quality)
    texts = both()
    assert english in texts[0] and spanish in texts[1]


def test_a_network_that_loses_is_named(ready: Path) -> None:
    retrain("sentiment", "lstm", quality=0.6)
    english, spanish = both()
    assert "the linear model is better than LSTM" in english and "este supera a LSTM" in spanish


def test_words_about_the_forget_gate_follow_the_scores(ready: Path) -> None:
    assert "does not show that it matters" in both()[0] and "no muestra que el sesgo importe" in both()[1]
    retrain("sentiment", "lstm_forget_0", quality=0.5)
    assert "The advice is right here" in both()[0] and "Aquí el consejo acierta" in both()[1]


def test_words_about_the_rest_of_a_review_follow_the_scores(ready: Path) -> None:
    assert "does not show that the rest" in both()[0] and "no muestra que en el resto" in both()[1]
    retrain("sentiment", "linear_whole", quality=0.99)
    assert "more is to be found in the rest" in both()[0] and "en el resto de la reseña hay más" in both()[1]
    configure("sentiment", max_length=5000)  # then there is no rest
    assert "to be found in the rest" not in both()[0] and "en el resto de la reseña" not in both()[1]


@pytest.mark.parametrize("variant", exercises()["sentiment"].variants)
def test_nothing_is_said_of_a_variant_that_is_not_there(ready: Path, variant: str) -> None:
    said = {  # of which variants a sentence tells
        "LSTM or GRU?": ("gru",),
        "with an LSTM 10": ("gru", "lstm"),
        "A forget gate that begins open": ("lstm", "lstm_forget_0"),
        "Is a recurrent network needed?": ("linear",),
        "(linear model)": (),
        "What is lost by that": ("linear", "linear_whole"),
    }
    fewer = without("sentiment", variant)
    for language in LANGUAGES:
        check_numbers(section(fewer, language))
    english, spanish = both(fewer)
    for words, needed in said.items():
        assert (words in english) == (bool(needed) and variant not in needed), words
    for words, needed in (("¿LSTM o GRU?", ("gru",)), ("¿Hace falta una red", ("linear",))):
        assert (words in spanish) == (variant not in needed), words
    assert ("The two cells are not compared" in english) == (variant == "lstm")


def test_without_networks_the_linear_model_stands_alone(ready: Path) -> None:
    networks = [name for name, chosen in exercises()["sentiment"].stage.variants.items() if chosen["cell"]]
    english, spanish = both(without("sentiment", *networks))
    assert "The networks:" not in english and "An epoch took" not in english and "Las redes" not in spanish
    assert "logistic regression on which words" in english and "una regresión logística" in spanish


def test_mistakes_are_said_of_reviews(ready: Path) -> None:
    def mistake(content: dict) -> None:
        for seed in content["seeds"]:
            seed["test"]["confusion"] = {"labels": ["negative", "positive"], "counts": [[9, 0], [2, 9]]}

    change("metrics/train/sentiment/lstm.json", mistake)
    english, spanish = both()
    assert "positive taken for negative" in english and "«positiva» tomada por «negativa»" in spanish
