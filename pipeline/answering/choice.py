"""Which model answers a command: the one that was asked for, or the best of those that are built."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from pipeline.answering.lines import note
from pipeline.core.errors import PipelineError
from pipeline.registry import FOLDER, exercises, part

MODELS = Path("models")
WANTED = re.compile(r"([^/]+)/([^/]+)(?:/([0-9]{1,10}))?")


@dataclass(frozen=True)
class Choice:
    """One seed's model."""

    name: str  # EXERCISE/VARIANT
    seed: int

    @property
    def directory(self) -> Path:
        return MODELS / self.name


def chosen(owner: str, wanted: str | None) -> Choice:
    """The model that will answer the command of the exercise `owner`, after telling the user its name; see `choose`."""
    enter_project()
    choice = choose(owner, wanted)
    note(f"{choice.name}, seed {choice.seed}")
    return choice


def answers(choice: Choice, asked: list[str], shown: list[str] | None = None) -> list[dict[str, Any]]:
    """Predictions, each with what was asked (or what stands for it) and the model that answered."""
    from pipeline.answering.predict import predict

    rows = predict(choice.directory, choice.seed, asked)
    source = {"model": choice.name, "seed": choice.seed}
    return [{"input": text, **row, **source} for text, row in zip(shown or asked, rows, strict=True)]


def enter_project() -> None:
    """Make the project the current directory: the nearest parent with a dvc.yaml, else the one of this code.

    Raises:
        PipelineError: there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents, FOLDER.parents[1]):
        if (folder / "dvc.yaml").is_file():
            os.chdir(folder)
            return
    raise PipelineError(f"there is no project in {here} or above it (no dvc.yaml): go to the project's folder")


def commands() -> dict[str, str]:
    """The commands of `rnn` in the order of their names, and the exercise in whose folder each is.

    Raises:
        PipelineError: two have one name.
    """
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*/command.py")):
        owner = path.parent.name
        name = part(owner, "command").NAME
        if name in found:
            raise PipelineError(f"{found[name]} and {owner} both have a command {name!r}: change NAME in one of them")
        found[name] = owner
    return dict(sorted(found.items()))


def exercises_of(owner: str) -> list[str]:
    """The exercises whose models answer the command in the folder of `owner`, in the order of the sheet."""
    return [name for name, exercise in exercises().items() if exercise.command == owner]


def built(owner: str) -> list[str]:
    """The models, EXERCISE/VARIANT, of the current project that can answer the command of `owner`.

    Folders of variants that are no longer declared, which DVC leaves behind, are none.
    """
    return sorted(
        f"{exercise}/{variant}"
        for exercise in exercises_of(owner)
        for variant in exercises()[exercise].variants
        if (MODELS / exercise / variant / "model.json").exists()
    )


def choose(owner: str, wanted: str | None) -> Choice:
    """The model for the command of `owner`, within the current project.

    Args:
        wanted: EXERCISE/VARIANT or EXERCISE/VARIANT/SEED; None is the champion.

    Raises:
        PipelineError: it is not built, or none is.
        typer.BadParameter: it is not a model that can answer.
    """
    from pipeline.answering.champion import best_seed, champion, results_of

    command = f"rnn {part(owner, 'command').NAME}"
    if wanted is None:
        best = champion(built(owner))
        if best is None:
            raise PipelineError(f"no model for `{command}` is built: build one with `dvc repro {owner}`")
        return Choice(best, best_seed(results_of(best)))
    found = WANTED.fullmatch(wanted)
    if found is None or found[1] not in exercises_of(owner):
        names = ", ".join(f"{exercise}/VARIANT" for exercise in exercises_of(owner))
        raise typer.BadParameter(f"--model {wanted}: `{command}` takes {names}, and /SEED after it")
    exercise, variant, seed = found.groups()
    name = f"{exercise}/{variant}"
    if name not in built(owner):
        variants = exercises()[exercise].stage.variants
        if variant not in variants:
            raise typer.BadParameter(f"--model {wanted}: the variants of {exercise} are {', '.join(variants)}")
        others = f"; built are {', '.join(built(owner))}" if built(owner) else ""
        raise PipelineError(f"{MODELS / name} is not built: build it with `dvc repro {exercise}@{variant}`{others}")
    if seed is None:
        return Choice(name, best_seed(results_of(name)))
    seeds = sorted(int(path.stem.removeprefix("seed_")) for path in (MODELS / name).glob("seed_*.safetensors"))
    if seeds and int(seed) not in seeds:
        there = ", ".join(map(str, seeds))
        raise PipelineError(f"{MODELS / name}/seed_{int(seed)}.safetensors is missing: the seeds there are {there}")
    return Choice(name, int(seed))
