"""Train a student's class as a variant of its exercise, in a process of its own.

    python -m pipeline.checking.train EXERCISE FILE FOLDER SEEDS

The exercise's own loop, settings and data train it. FOLDER gets what a stage would write under metrics/ and
data/predictions/: metrics.json, history.csv, timing.json and predictions.parquet.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from pipeline.checking.checks import Wrong
from pipeline.checking.theirs import explained, load
from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import read_json, write_json
from pipeline.core.params import common, section
from pipeline.core.parent import end_with
from pipeline.core.stage import Results
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.registry import part
from pipeline.training import outputs
from pipeline.training.device import cores, pick_device, resolve_precision
from pipeline.training.seeds import training
from pipeline.training.task import Job, Recipe, Task

FILE = "student"  # where a recipe's description names the student's file


@dataclass(frozen=True)
class Training:
    """How the student's class of an exercise is trained: `pipeline/exercises/NAME/worksheet/training.py` has one."""

    variant: str  # whose settings it has, and whose place it takes
    recipe: Callable[[str, Any], Recipe]  # the exercise's own
    task: type[Task[Any]]  # the exercise's own, with a network in which the student's class stands
    against: tuple[str, ...]  # the variants that it is compared with


def theirs(recipe: Recipe) -> ModuleType:
    """The student's module, for the task that puts their class into its network."""
    return load(Path(recipe.description[FILE]))


def results_in(folder: Path) -> Results:
    """Where the files of a student's training are."""
    return Results(
        metrics=folder / "metrics.json",
        history=folder / "history.csv",
        predictions=folder / "predictions.parquet",
        models=folder / "models",
        timing=folder / "timing.json",
    )


def train(exercise: str, file: Path, folder: Path, seeds: list[int]) -> None:
    """Train the seeds side by side and write what they did; the models are not kept.

    Raises:
        PipelineError: training diverged, or memory is short.
        Wrong: the student's file cannot be run.
    """
    load(file)  # what is wrong with it is said once, not by every seed
    stage, how = part(exercise, "stage").STAGE, part(exercise, "worksheet.training").TRAINING
    recipe = how.recipe(how.variant, section(exercise, stage.settings))
    recipe = replace(recipe, description={**recipe.description, FILE: str(file)})
    device = pick_device()
    precision = recipe.precision or resolve_precision(common().precision, device)
    jobs = [Job(seed, folder / f"seed_{seed}", device, precision) for seed in seeds]
    for job in jobs:
        job.directory.mkdir(parents=True)
    started = time.perf_counter()
    with training(how.task, recipe, jobs, 0 if device.type == "cuda" else min(len(jobs), cores())) as outcomes_of:
        outcomes = outcomes_of()
    corpus = (recipe.corpora or stage.corpora)[0]
    edition = read_json(PREPARED / corpus / "meta.json")["edition"]
    origin = {"exercise": exercise, "variant": file.stem, "edition": edition}
    results = results_in(folder)
    outputs.write_predictions(results.predictions, outcomes, recipe.notes)
    outputs.write_history(results.history, outcomes)
    write_json(results.timing, outputs.times(outcomes, time.perf_counter() - started, device))
    write_json(results.metrics, outputs.summarise(outcomes, {**origin, "metric": stage.metric, "precision": precision}))


def main() -> None:
    exercise, file, folder, seeds = sys.argv[1:]
    end_with(os.getppid())
    try:
        train(exercise, Path(file), Path(folder), [int(seed) for seed in seeds.split(",")])
    except Wrong as wrong:
        raise PipelineError(str(wrong)) from None
    except PipelineError as error:  # what follows a semicolon is advice for the project's own training
        raise PipelineError(f"training ended: {str(error).split('; ')[0]}") from None
    except OSError:
        raise
    except (Exception, SystemExit) as error:
        raise PipelineError(f"training ended: {explained(error, Path(file))}") from None


if __name__ == "__main__":
    run_stage(main)
