"""A student's class as a variant: trained, tracked, and compared with the variants of the project."""

import shutil
from contextlib import ExitStack
from pathlib import Path

from pipeline.checking.process import run
from pipeline.checking.runs import tracked
from pipeline.checking.train import Training, results_in
from pipeline.core.errors import PipelineError
from pipeline.core.files import locked, read_json, replacing_directory
from pipeline.core.params import common, section
from pipeline.core.stage import Results
from pipeline.declaration import Exercise
from pipeline.registry import FOLDER, part
from pipeline.scoring.comparison import Evaluation
from pipeline.scoring.differences import difference
from pipeline.scoring.predictions import Predictions, read_predictions
from pipeline.scoring.verdicts import verdict

FOLDERS = Path("runs/students")  # git does not see it
SLOWER = 10  # so many times as long as the reference a student's class may take,
START = 120.0  # and so many seconds to begin


def train(exercise: Exercise, file: Path, seeds: int | None) -> list[str]:
    """Train the student's class as the reference was trained, track it, and compare.

    Args:
        seeds: how many of the reference's seeds; None is all.

    Returns:
        A line for each variant that it is compared with, and one that says so if not all seeds were trained.

    Raises:
        PipelineError: the worksheet trains nothing, the variants that it is compared with are not built, another
            command trains the file, training failed or took too long, or MLflow cannot be used.
    """
    name = exercise.name
    if not (FOLDER / name / "worksheet/training.py").exists():
        raise PipelineError(
            f"the worksheet of exercise {exercise.number} has nothing to train: check it without --train"
        )
    how: Training = part(name, "worksheet.training").TRAINING
    every = common().seeds_of(exercise.stage.more_seeds)
    if seeds and seeds > len(every):
        raise PipelineError(f"there are {len(every)} seeds in params.yaml: give --seeds that or less")
    chosen = every[:seeds]
    references = {variant: reference(exercise, variant, chosen) for variant in how.against}  # before training
    limit = START + SLOWER * read_json(Results.of(name, how.variant).timing)["seconds"]
    settings = section(name, exercise.stage.settings).model_dump()
    folder = FOLDERS / name / file.stem
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder.with_name(f".{file.stem}.lock"), wait=False))
        except BlockingIOError:
            raise PipelineError(f"{file.stem} is being trained by another command: wait for its end") from None
        tracking = stack.enter_context(tracked(name, file, settings))
        fresh = stack.enter_context(replacing_directory(folder))
        arguments = [name, str(file), str(fresh), ",".join(map(str, chosen))]
        code = run("pipeline.checking.train", arguments, limit)
        if code is None:
            raise PipelineError(f"training was ended after {limit:.0f} s, {SLOWER} times as long as the reference took")
        if code:
            raise PipelineError("training failed (see above)")
        for seed in chosen:
            shutil.rmtree(fresh / f"seed_{seed}")  # checkpoints
        tracking.log(results_in(fresh))
        lines = [compared(exercise, file.stem, fresh, variant, ours) for variant, ours in references.items()]
        if len(chosen) < len(every):
            lines.append(f"only {len(chosen)} of {len(every)} seeds: others may say something else")
        tracking.describe(lines)
    return lines


def reference(exercise: Exercise, variant: str, seeds: list[int]) -> Predictions:
    """The predictions of a variant to compare with.

    Raises:
        PipelineError: they are not there, or lack a seed.
    """
    file = Results.of(exercise.name, variant).predictions
    command = f"`dvc repro {exercise.name}@{variant}`"
    if not file.exists():
        raise PipelineError(f"{file} is missing: run {command} to have what to compare with")
    found = read_predictions(file, exercise.metric(exercise.stage.metric))
    if not set(seeds) <= set(found.seeds):
        raise PipelineError(f"{exercise.name}/{variant} was trained with other seeds: run {command}")
    return found


def compared(exercise: Exercise, name: str, folder: Path, variant: str, ours: Predictions) -> str:
    """The difference of a student's training from a variant, by the same seeds, in words.

    Raises:
        PipelineError: the variant's predictions are of other test examples.
    """
    metric = exercise.metric(exercise.stage.metric)
    theirs = read_predictions(results_in(folder).predictions, metric)
    if not ours.gold.equals(theirs.gold):
        raise PipelineError(f"{exercise.name}/{variant} was trained with other data: run `dvc repro`")
    same = ours.statistics[[ours.seeds.index(seed) for seed in theirs.seeds]]
    confidence = section("evaluation", Evaluation).confidence
    found = difference(theirs.statistics, same, metric.score, exercise.block, confidence)
    return verdict(name, variant, found, metric.points, metric.scale, confidence, metric.falls, metric.digits)
