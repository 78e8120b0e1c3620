"""What the report says of exercise 3 follows from its settings and results."""

from pathlib import Path

import pytest
import yaml

from pipeline.declaration import Exercise
from pipeline.exercises.sentiment import report
from pipeline.registry import exercises
from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, configure, prose, retrain, section, without


def both(exercise: str | Exercise = "sentiment") -> tuple[str, str]:
    english, spanish = (prose(section(exercise, language)) for language in LANGUAGES)
    return english, spanish


def test_the_network_is_the_one_that_is_set(ready: Path) -> None:
    english, spanish = both()
    assert "a recurrent layer of 64 units, and a linear layer on the last state; at most 3 epochs" in english
    assert "una capa recurrente de 64 unidades y una capa lineal sobre el último estado" in spanish
    assert "by their last state alone" in english and "solo por su último estado" in spanish
    configure("sentiment", layers=2, bidirectional=True, hidden_size=32, pooling="max", epochs=7)
    english, spanish = both()
    assert "2 recurrent layers of 32 units in each direction, and a linear layer on the maximum of all" in english
    assert "2 capas recurrentes de 32 unidades en cada dirección y una capa lineal sobre el máximo de todos" in spanish
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
    for variant in ("lstm", "gru", "lstm_fp32"):
        change(f"metrics/train/sentiment/{variant}.json", lambda content: content["seeds"][0].update(parameters=10**7))
    english, spanish = both()
    assert "embedding holds most" not in english and "La mayoría está en el embedding" not in spanish


def test_what_is_said_of_the_test_reviews_follows_the_edition(ready: Path) -> None:
    english, spanish = both()
    assert "held out of the official training half" in english and "mitad oficial de entrenamiento" in spanish

    for variant in ("lstm", "gru", "lstm_fp32"):
        change(f"metrics/train/sentiment/{variant}.json", lambda content: content.update(edition="mine"))
    english, spanish = both()
    assert "no test split of its own" in english and "No trae una parte de prueba propia" in spanish
    assert "official" not in english and "oficial" not in spanish
    change("metrics/data/imdb.json", lambda content: content["read"].update({"test reviews": 25000}))
    english, spanish = both()
    assert "this edition tests" not in english and "esta edición" not in spanish


def test_precision_is_said_with_its_exceptions(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    english, spanish = both()
    assert "exercise 2, compute" in english and "ejercicio 2, calculan" in spanish
    change("metrics/train/packing/padded.json", lambda content: content.update(precision="fp32"))
    english, spanish = both()
    assert "exercise 2 and those of exercise 6, compute" in english and "y las del ejercicio 6, calculan" in spanish
    monkeypatch.setattr(report, "exercises", lambda: {"sentiment": exercises()["sentiment"]})  # 6 was taken out
    english, spanish = both()
    assert "exercise 2, compute" in english and "ejercicio 2, calculan" in spanish


def test_without_bf16_nothing_is_called_so(ready: Path) -> None:
    assert "set to auto, which means bf16 here" in both()[0]
    change("metrics/train/sentiment/lstm.json", lambda content: content.update(precision="fp32"))
    content = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    Path("params.yaml").write_text(yaml.safe_dump(content | {"precision": "fp32"}), encoding="utf-8")
    english, spanish = both()
    assert "set to fp32, which means fp32 here" in english and "en fp32, que aquí significa fp32" in spanish
    assert "one and the same computation" in english and "el mismo cálculo" in spanish
    assert "matrix products in bf16" not in english and "productos de matrices en bf16" not in spanish


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (1.0, "In this test the two differ: GRU is better", "En esta prueba las dos difieren: GRU"),
    (0.5, "In this test the two differ: GRU is worse", "En esta prueba las dos difieren: GRU"),
    (0.85, "not shown to be worse or better", "no se aprecia que la celda menor sea peor ni mejor"),
])  # fmt: skip
def test_words_about_the_cell_follow_the_scores(ready: Path, quality: float, english: str, spanish: str) -> None:
    retrain("sentiment", "gru", quality=quality)
    texts = both()
    assert english in texts[0] and spanish in texts[1]


def test_without_the_gru_nothing_is_said_of_it(ready: Path) -> None:
    fewer = without("sentiment", "gru")
    english, spanish = both(fewer)
    assert "LSTM or GRU?" not in english and "With a GRU" not in english and "(GRU)" not in english
    assert "¿LSTM o GRU?" not in spanish and "Con una GRU" not in spanish
    assert "Half the bits" in english and "(LSTM, fp32)" in english


def test_without_an_lstm_nothing_is_said_of_its_bits(ready: Path) -> None:
    for gone in ("lstm", "lstm_fp32"):
        fewer = without("sentiment", gone)
        english, spanish = both(fewer)
        assert "Half the bits" not in english and "La mitad de los bits" not in spanish
        assert "with an LSTM 10." in english and "con una LSTM, 10." in spanish
        assert ("The two cells are not compared" in english) == (gone == "lstm_fp32")
        assert ("Aquí no se comparan las dos celdas" in spanish) == (gone == "lstm_fp32")
        for language in LANGUAGES:
            check_numbers(section(fewer, language))
    english, spanish = both(without("sentiment", "lstm", "lstm_fp32"))
    assert "with an LSTM" not in english and "con una LSTM," not in spanish


def test_mistakes_are_said_of_reviews(ready: Path) -> None:
    def mistake(content: dict) -> None:
        for seed in content["seeds"]:
            seed["test"]["confusion"] = {"labels": ["negative", "positive"], "counts": [[9, 0], [2, 9]]}

    change("metrics/train/sentiment/lstm.json", mistake)
    english, spanish = both()
    assert "positive taken for negative" in english and "«positiva» tomada por «negativa»" in spanish
