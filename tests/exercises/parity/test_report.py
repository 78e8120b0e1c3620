"""What the report says of exercise 0 follows from its settings and results."""

import re
from pathlib import Path

import pytest

from pipeline.registry import exercises
from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, configure, evaluate, prose, redeclared, retrain, section, without

VARIANTS = exercises()["parity"].stage.variants


def test_parity_without_a_mistake_is_said_once_and_with_what_it_leaves_open(ready: Path) -> None:
    assert "No network answers" in prose(section("parity", "en")) or "Not every kind" in prose(section("parity", "en"))
    for variant in ("rnn", "gru", "lstm", "bilstm"):
        change(f"metrics/train/parity/{variant}.json", lambda content: content["mean"].update(accuracy_10=1.0))
    change("metrics/train/parity/gru.json", lambda content: content["mean"].update(accuracy_500=1.0))

    def same(content: dict) -> None:
        for pair in content["comparisons"]["parity"]["differences"]:
            pair.update(delta=0.0, ci95=[0.0, 0.0])

    change("metrics/evaluation.json", same)
    for language, expected in (
        ("en", ("RNN, GRU, LSTM and BiLSTM × 2 score alike on every test example.",
                "Yes: with short sequences first, all of them answer",
                "at five hundred digits, only GRU made no mistake", "up to about 0.15% of all")),
        ("es", ("RNN, GRU, LSTM y BiLSTM × 2 puntúan igual en todos los ejemplos de prueba.",
                "Sí: si las secuencias cortas van primero, todas responden bien",
                "sin ningún error con quinientos dígitos, solo GRU", "hasta en un 0.15 % de todas")),
    ):  # fmt: skip
        text = prose(section("parity", language))
        for words in expected:
            assert text.count(words) == 1, words


def test_a_training_of_few_epochs_is_not_said_to_have_seen_ten_digits(ready: Path) -> None:
    english, spanish = (prose(section("parity", language)) for language in LANGUAGES)
    assert "each later epoch allows one more" in english and "cada época siguiente admite uno más" in spanish
    configure("parity", epochs=1)
    english, spanish = (prose(section("parity", language)) for language in LANGUAGES)
    assert "They have at most two digits" in english and "Tienen a lo sumo dos dígitos" in spanish
    assert "later epoch" not in english and "cada época siguiente" not in spanish


@pytest.mark.parametrize(("epochs", "digits"), [((1, 1, 2), 2), ((4, 7, 5), 7), ((20, 12, 3), 10)])
def test_digits_of_training_are_those_of_the_epochs_that_were_run(ready: Path, epochs: tuple, digits: int) -> None:
    def run(content: dict) -> None:
        for record, count in zip(content["seeds"], epochs, strict=True):
            record["epochs"] = count

    for variant in ("rnn", "gru", "lstm", "bilstm"):
        change(f"metrics/train/parity/{variant}.json", run)
    english, spanish = (prose(section("parity", language)) for language in LANGUAGES)
    if digits < 10:  # the others begin with as many as there are
        assert f"begin with short sequences saw at most {digits} digits, the others 10." in english
        assert f"empiezan por secuencias cortas vieron a lo sumo {digits} dígitos; las demás, 10." in spanish
    else:
        assert "Training saw at most 10 digits" in english and "vio a lo sumo 10 dígitos" in spanish
    alone = without("parity", "no_curriculum", "sheet_script")
    assert f"Training saw at most {digits} digits" in prose(section(alone, "en"))
    assert f"vio a lo sumo {digits} dígitos" in prose(section(alone, "es"))


def test_a_network_may_have_stopped_before_its_last_epoch(ready: Path) -> None:
    change("metrics/train/parity/no_curriculum.json", guess)
    english, spanish = (prose(section("parity", language)) for language in LANGUAGES)
    assert "still guesses after up to 20 epochs, with every seed" in english
    assert "sigue adivinando tras un máximo de 20 épocas con todas las semillas" in spanish


def guess(content: dict) -> None:
    for record in content["seeds"]:
        record["test"]["accuracy_10"] = 0.5


@pytest.mark.parametrize("gone", VARIANTS)
def test_a_network_that_is_not_there_is_not_spoken_of(ready: Path, gone: str) -> None:
    said = {
        "rnn": ("The plain RNN", "La RNN simple"),
        "gru": ("GRU", "GRU"),
        "lstm": ("LSTM and RNN", "LSTM y RNN"),
        "bilstm": ("The sheet's network, two", "La red de la guía, dos"),
        "no_curriculum": ("no curriculum", "sin currículo"),
        "sheet_script": ("batches of", "lotes de"),
    }[gone]
    for language, words in zip(LANGUAGES, said, strict=True):
        assert words in prose(section("parity", language))
    fewer = without("parity", gone)
    for language, words in zip(LANGUAGES, said, strict=True):
        text = section(fewer, language)
        said_of_it, _ = re.split("Errata of the sheet|Fe de erratas", prose(text))  # of the sheet, not of the results
        assert words not in said_of_it and "<th" in text
        check_numbers(text)


def test_without_the_second_direction_none_is_said_to_start_anywhere(ready: Path) -> None:
    assert "The backward direction" in prose(section("parity", "en"))
    fewer = without("parity", "bilstm", "no_curriculum", "sheet_script")
    english, spanish = (prose(section(fewer, language)) for language in LANGUAGES)
    assert "backward direction" not in english and "dirección hacia atrás" not in spanish


def test_one_network_is_not_called_all_of_them(ready: Path) -> None:
    alone = without("parity", "rnn", "lstm", "bilstm", "no_curriculum", "sheet_script")
    english, spanish = (prose(section(alone, language)) for language in LANGUAGES)
    assert "No network answers every sequence" in english and "Ninguna red" in spanish
    change("metrics/train/parity/gru.json", lambda content: content["mean"].update(accuracy_10=1.0, accuracy_500=1.0))
    english, spanish = (prose(section(alone, language)) for language in LANGUAGES)
    assert "Yes: GRU answers every test sequence" in english and "Sí: GRU responde bien" in spanish
    assert "At five hundred digits GRU makes no mistake" in english and "GRU no comete ningún error" in spanish
    assert "all of them" not in english and "todas responden" not in spanish


def test_networks_are_known_by_what_they_are(ready: Path) -> None:
    deeper = redeclared("parity", {**VARIANTS, "rnn": {**VARIANTS["rnn"], "layers": 2}})
    evaluate(deeper)
    english, spanish = (prose(section(deeper, language)) for language in LANGUAGES)
    assert "The plain RNN" not in english and "La RNN simple" not in spanish


@pytest.mark.parametrize(("near", "far", "english", "spanish"), [
    (1.0, 1.0, "The plain RNN shows it", "La RNN simple lo muestra"),
    (1.0, 0.7, "The plain RNN goes from", "La RNN simple pasa del"),
    (0.5, 0.51, "not because the sequences are long", "no porque las secuencias sean largas"),
])  # fmt: skip
def test_words_about_the_plain_network_follow_its_scores(
    ready: Path, near: float, far: float, english: str, spanish: str
) -> None:
    scores = {"accuracy_10": near, "accuracy_500": far}
    change("metrics/train/parity/rnn.json", lambda content: content["mean"].update(scores))
    assert english in prose(section("parity", "en")) and spanish in prose(section("parity", "es"))


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (1.0, "Gates help here: LSTM is better", "Aquí las puertas ayudan: LSTM"),
    (0.6, "Gates do not help here: LSTM is worse", "Aquí las puertas no ayudan: LSTM"),
    (0.95, "These tests do not show that gates matter", "Estas pruebas no muestran que las puertas importen"),
])  # fmt: skip
def test_words_about_gates_follow_the_comparison(ready: Path, quality: float, english: str, spanish: str) -> None:
    retrain("parity", "rnn", quality=0.95)
    retrain("parity", "lstm", quality=quality)
    assert english in prose(section("parity", "en")) and spanish in prose(section("parity", "es"))


@pytest.mark.parametrize(("ordered", "unordered", "english", "spanish"), [
    (1.0, 0.5, ("Longer training without that order does not help", "What helps is the order: BiLSTM"),
     ("Entrenar más tiempo sin ese orden no basta", "Lo que ayuda es el orden: BiLSTM")),
    (1.0, 1.0, ("Longer training, at these settings, helps", "short sequences have to come first is not shown"),
     ("Entrenar más tiempo, con estos ajustes, ayuda", "No se aprecia que las secuencias cortas")),
    (0.5, 1.0, ("Longer training, at these settings, helps", "Short sequences first even harm"),
     ("Entrenar más tiempo, con estos ajustes, ayuda", "Empezar por las secuencias cortas incluso perjudica")),
])  # fmt: skip
def test_words_about_the_script_follow_the_comparison(
    ready: Path, ordered: float, unordered: float, english: tuple, spanish: tuple
) -> None:
    for variant, quality in (("bilstm", ordered), ("no_curriculum", unordered), ("sheet_script", 0.5)):
        retrain("parity", variant, quality=1.0 if quality == 1 else 1e-4)
    for language, words in zip(LANGUAGES, (english, spanish), strict=True):
        text = prose(section("parity", language))
        assert all(each in text for each in words)
        check_numbers(section("parity", language))


def test_the_first_epoch_without_a_mistake_is_given_for_every_seed(ready: Path) -> None:
    path = Path("metrics/history/parity/gru.csv")
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    late = [row.rpartition(",")[0] + f",{float(row.split(',')[0] == '2' and row.split(',')[1] == '4')}" for row in rows]
    path.write_text("\n".join([header, *late]) + "\n", encoding="utf-8")
    for language, never in (("en", "never"), ("es", "nunca")):
        (row,) = [
            line
            for line in section("parity", language, html=False).splitlines()
            if line.startswith("| GRU | ") and never in line
        ]
        assert row == f"| GRU | {never}, {never}, {never} | {never}, 4, {never} |"


def test_a_network_that_guesses_with_some_seeds_is_said_to(ready: Path) -> None:
    def unlucky(content: dict) -> None:
        for record, score in zip(content["seeds"], (1.0, 0.5, 0.5), strict=True):
            record["test"]["accuracy_10"] = score

    retrain("parity", "bilstm", quality=1.0)
    change("metrics/train/parity/no_curriculum.json", unlucky)
    assert "a matter of luck" in prose(section("parity", "en")) and "with 2 of 3 seeds" in prose(
        section("parity", "en")
    )
    assert "cuestión de suerte" in prose(section("parity", "es")) and "con 2 de 3 semillas" in prose(
        section("parity", "es")
    )
