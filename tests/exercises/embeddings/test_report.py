"""What the report says of exercise 4 follows from its settings and results."""

import re
from pathlib import Path

import pytest

from pipeline.core.files import read_json, write_json
from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, prose, section


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_their_files(ready: Path, language: str) -> None:
    check_numbers(section("embeddings", language))


def test_words_about_freezing_follow_the_clock(ready: Path) -> None:
    path = Path("metrics/timings.json")
    timing = read_json(path)
    for start, seconds in (("random", 9.0), ("word2vec", 9.2), ("glove", 9.1)):
        timing["embeddings"][f"{start}_trained"]["seconds_per_epoch"] = 11.0
        timing["embeddings"][f"{start}_frozen"]["seconds_per_epoch"] = seconds
    write_json(path, timing)
    assert "saves more than that: an epoch with frozen vectors takes 17% less" in prose(section("embeddings", "en"))
    assert "congelar ahorra más que eso" in prose(section("embeddings", "es"))
    timing["embeddings"]["random_frozen"]["seconds_per_epoch"] = 12.0
    write_json(path, timing)
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "no saving is shown" in english and "no se aprecia ningún ahorro" in spanish


def test_a_pair_that_the_evaluation_lacks_is_left_out(ready: Path) -> None:
    pair = re.compile(r"word2vec, \w+ (and|y|is|es|no)[^.;(]* GloVe, (frozen|congelad\w+)", re.IGNORECASE)
    assert pair.search(prose(section("embeddings", "en"))) and pair.search(prose(section("embeddings", "es")))

    def without(content: dict) -> None:
        found = content["comparisons"]["embeddings"]
        found["differences"] = [
            one for one in found["differences"] if (one["a"], one["b"]) != ("word2vec_frozen", "glove_frozen")
        ]

    change("metrics/evaluation.json", without)
    assert not pair.search(prose(section("embeddings", "en"))) and not pair.search(prose(section("embeddings", "es")))


def test_a_table_as_markdown_has_its_caption(ready: Path) -> None:
    text = section("embeddings", "en", html=False)
    assert "by cosine" in text and "in brackets" in text
