"""What the report says of exercise 0 follows from its settings and results."""

from pathlib import Path

import pytest

from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, prose, section


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_their_files(ready: Path, language: str) -> None:
    check_numbers(section("parity", language))


def test_parity_without_a_mistake_is_said_once_and_with_what_it_leaves_open(ready: Path) -> None:
    assert "No network is without mistakes" in prose(section("parity", "en")) or "Not every kind" in prose(
        section("parity", "en")
    )
    for variant in ("rnn", "gru", "lstm", "bilstm"):
        change(f"metrics/train/parity/{variant}.json", lambda content: content["mean"].update(accuracy_10=1.0))
    change("metrics/train/parity/gru.json", lambda content: content["mean"].update(accuracy_500=1.0))

    def same(content: dict) -> None:
        for pair in content["comparisons"]["parity"]["differences"]:
            pair.update(delta=0.0, ci95=[0.0, 0.0])

    change("metrics/evaluation.json", same)
    for language, expected in (
        ("en", ("RNN, GRU, LSTM and BiLSTM × 2 do not differ on any test example.", "Yes: all of them answer",
                "No mistake at five hundred digits was made by GRU", "up to about 0.15% of all")),
        ("es", ("RNN, GRU, LSTM y BiLSTM × 2 no difieren en ningún ejemplo de prueba.", "Sí: todas responden bien",
                "sin ningún error con quinientos dígitos, GRU", "hasta en un 0.15 % de todas")),
    ):  # fmt: skip
        text = prose(section("parity", language))
        for words in expected:
            assert text.count(words) == 1, words
