"""Which model answers a command: the one that was asked for, or the champion of those that are built."""

import os
from dataclasses import dataclass
from pathlib import Path

import typer

from pipeline.core.errors import PipelineError
from pipeline.core.metric import best_seed, champion, results_of

MODELS = Path("models")
EXERCISES = {  # whose models answer; those of one command are judged by one metric on the same validation examples
    "sentiment": ("sentiment", "embeddings", "pooling", "packing"),
    "tag": ("tagging",),
    "translate": ("translation",),
    "generate": ("char_lm",),
    "next": ("word_lm",),
    "recognise": ("speech",),
    "digit": ("shared_mlp",),
    "forecast": ("next_value",),
    "parity": ("parity",),
}


@dataclass(frozen=True)
class Choice:
    """One seed's model."""

    name: str  # EXERCISE/VARIANT
    seed: int

    @property
    def directory(self) -> Path:
        return MODELS / self.name


def enter_project() -> None:
    """Make the project the current directory: the nearest parent with a dvc.yaml, else the one of this code.

    Raises:
        PipelineError: there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).parents[2]):
        if (folder / "dvc.yaml").is_file():
            os.chdir(folder)
            return
    raise PipelineError(f"there is no project in {here} or above it (no dvc.yaml): go to the project's folder")


def choose(command: str, wanted: str | None) -> Choice:
    """The model for a command, within the current project.

    Args:
        wanted: EXERCISE/VARIANT or EXERCISE/VARIANT/SEED; None is the champion.

    Raises:
        PipelineError: it is not built, or none is.
        typer.BadParameter: it is not a model that can answer.
    """
    exercises = EXERCISES[command]
    if wanted is None:
        best = champion(built(command))
        if best is None:
            raise PipelineError(f"no model for `rnn {command}` is built: build one with `dvc repro {exercises[0]}`")
        return Choice(best, best_seed(results_of(best)))
    exercise, _, rest = wanted.partition("/")
    variant, _, seed = rest.partition("/")
    if exercise not in exercises or not variant or (seed and not seed.isdecimal()):
        names = ", ".join(f"{exercise}/VARIANT" for exercise in exercises)
        raise typer.BadParameter(f"--model {wanted}: `rnn {command}` takes {names}, and /SEED after it")
    name = f"{exercise}/{variant}"
    if name not in built(command):
        others = f"; built are {', '.join(built(command))}" if built(command) else ""
        raise PipelineError(f"{MODELS / name} is not built: build it with `dvc repro {exercise}@{variant}`{others}")
    return Choice(name, int(seed) if seed else best_seed(results_of(name)))


def built(command: str) -> list[str]:
    """The models, EXERCISE/VARIANT, that can answer a command in the current project."""
    return sorted(
        f"{exercise}/{path.parent.name}"
        for exercise in EXERCISES[command]
        for path in (MODELS / exercise).glob("*/model.json")
    )
