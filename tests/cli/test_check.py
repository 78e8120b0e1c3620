"""`rnn check` finds an exercise by its numbers and by its name."""

import pytest
import typer

from pipeline.cli.check import found
from pipeline.registry import FOLDER, exercises


def test_every_exercise_has_a_worksheet_and_is_found():
    for name, exercise in exercises().items():
        assert (FOLDER / name / "worksheet/solution.py").exists()
        assert found(name) is exercise
        for number in exercise.number.split(", "):
            assert number == "+" or found(number) is exercise


@pytest.mark.parametrize("asked", ["+", "99", "", "5,"])
def test_what_there_is_not_is_named_with_what_there_is(asked):
    with pytest.raises(typer.BadParameter, match="there are: .*8, 11 translation"):
        found(asked)
