"""What the report says of exercise 6 follows from its settings and results."""

import re
from pathlib import Path

import pytest

from pipeline.core.files import read_json, write_json
from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, prose, section


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_their_files(ready: Path, language: str) -> None:
    check_numbers(section("packing", language))


def test_words_about_time_follow_the_clock(ready: Path) -> None:
    path = Path("metrics/timings.json")
    timing = read_json(path)
    for packed, expected in ((90.0, "the honest answer"), (0.5, "And so it proved")):
        timing["packing"]["packed"]["seconds_per_epoch"] = packed
        write_json(path, timing)
        assert expected in re.sub(r"\s+", " ", section("packing", "en"))


def test_precision_is_said_where_times_are_compared(ready: Path) -> None:
    assert "All four run in fp32" not in prose(section("packing", "en"))
    change("metrics/train/packing/padded.json", lambda content: content.update(precision="fp32"))
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "All four run in fp32" in english and "Los cuatro modos se calculan en fp32" in spanish
