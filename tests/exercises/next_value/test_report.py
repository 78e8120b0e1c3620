"""What the report says of exercise 2 follows from its settings and results."""

from pathlib import Path

import pytest

from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, section


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_their_files(ready: Path, language: str) -> None:
    check_numbers(section("next_value", language))
