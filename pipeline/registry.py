"""Finds the exercises: every folder of pipeline/exercises that has an exercise.py.

A training stage never imports this: it would depend on all exercises.
"""

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pipeline.core.errors import PipelineError

if TYPE_CHECKING:  # a served model imports a module of an exercise, and needs no declarations
    from pipeline.declaration import Exercise

FOLDER = Path(__file__).parent / "exercises"


@cache
def exercises() -> "dict[str, Exercise]":
    """Every exercise by name, in the order of the sheet; those not numbered there come last.

    Raises:
        PipelineError: a declaration is wrong or names what is not there, or two comparisons have one name.
    """
    found = []
    for name in sorted(path.parent.name for path in FOLDER.glob("*/exercise.py")):
        exercise = declaration(name)
        if exercise.name != name:
            raise PipelineError(f"pipeline/exercises/{name} declares {exercise.name!r}: give both one name")
        found.append(exercise)
    names = [comparison.name for exercise in found for comparison in exercise.comparisons]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise PipelineError(f"two comparisons are called {', '.join(twice)}: name one of them otherwise")
    return {exercise.name: exercise for exercise in sorted(found, key=_place)}


def declaration(name: str) -> "Exercise":
    """One exercise; the modules of the others are not imported.

    Raises:
        PipelineError: it names what is not there.
    """
    try:
        exercise: Exercise = part(name, "exercise").EXERCISE
    except ValueError as error:
        raise PipelineError(f"pipeline/exercises/{name}/exercise.py: {error}") from None
    return exercise


def part(exercise: str, name: str) -> ModuleType:
    """A module of an exercise's folder, such as its `answers`."""
    return import_module(f"pipeline.exercises.{exercise}.{name}")


def _place(exercise: "Exercise") -> tuple[float, str]:
    number = re.match(r"\d+", exercise.number)
    return (int(number[0]) if number else float("inf")), exercise.name
