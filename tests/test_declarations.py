"""Exercises are found in the order of the sheet; what is wrong in a declaration is one line that names it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from pipeline import registry
from pipeline.core.errors import PipelineError
from pipeline.declaration import Exercise

SPEECH = registry.exercises()["speech"]
DEPTH = SPEECH.comparisons[0]


@pytest.fixture
def found(tmp_path, monkeypatch):
    """What the registry finds where each folder has one of these declarations."""

    def exercises(**declared):
        for name in declared:
            (tmp_path / name).mkdir()
            (tmp_path / name / "exercise.py").touch()
        (tmp_path / "unfinished").mkdir()  # without a declaration

        def part(name, _):
            exercise = declared[name]
            return SimpleNamespace(EXERCISE=exercise() if callable(exercise) else exercise)

        monkeypatch.setattr(registry, "FOLDER", tmp_path)
        monkeypatch.setattr(registry, "part", part)
        return registry.exercises.__wrapped__()

    return exercises


def named(name: str, number: str = "+", **changed) -> Exercise:
    stage = replace(SPEECH.stage, name=name)
    return replace(SPEECH, stage=stage, number=number, **{"comparisons": (), **changed})


def test_exercises_stand_in_the_order_of_the_sheet(found):
    numbers = {"b": "10", "c": "8, 11", "a": "+", "d": "9"}
    assert list(found(**{name: named(name, number) for name, number in numbers.items()})) == ["c", "d", "b", "a"]


@pytest.mark.parametrize(("changed", "message"), [
    ({"stage": replace(SPEECH.stage, metric="accuracies")}, "stage names the metric 'accuracies'; metrics: "),
    ({"comparisons": (replace(DEPTH, metric="bleus"),)}, "depth names the metric 'bleus'; metrics: accuracy, bleu"),
    ({"comparisons": (replace(DEPTH, pairs=(("layers_2", "layers_9"),)),)}, "depth names layers_9; variants: mean"),
    ({"comparisons": (replace(DEPTH, headlines=(("layers_2", "layers_3"),)),)}, "a headline that is none of its pairs"),
    ({"reads": ("data/prepared/speech", "metrics/data")}, "reads names metrics/data, not in data/ or models/: add"),
])  # fmt: skip
def test_what_there_is_not_is_named(found, changed, message):
    with pytest.raises(PipelineError, match=r"^pipeline/exercises/speech/exercise\.py: ") as error:
        found(speech=lambda: replace(SPEECH, **changed))
    assert message in str(error.value)


def test_a_folder_bears_the_name_that_is_declared(found):
    with pytest.raises(PipelineError, match="pipeline/exercises/mine declares 'speech': give both one name"):
        found(mine=SPEECH)


def test_two_comparisons_of_one_name_are_told_apart(found):
    with pytest.raises(PipelineError, match="two comparisons are called depth: name one of them otherwise"):
        found(mine=named("mine", comparisons=(DEPTH,)), other=named("other", comparisons=(DEPTH,)))
