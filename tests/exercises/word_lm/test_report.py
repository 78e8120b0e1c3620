"""What the report says of exercise 7 follows from its settings and results."""

from pathlib import Path

import pytest

from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, prose, retrain, section


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_their_files(ready: Path, language: str) -> None:
    check_numbers(section("word_lm", language))


def test_where_less_is_better_the_sign_is_explained(ready: Path) -> None:
    retrain("word_lm", "carried", quality=0.8)
    assert "Carried state and reset state (first minus second: " in prose(section("word_lm", "en")).replace(
        "No difference is shown between carried", "Carried"
    )
    assert "entre estado conservado y estado reiniciado (primero menos segundo: " in prose(section("word_lm", "es"))
