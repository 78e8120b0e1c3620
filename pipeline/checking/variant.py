"""A student's class as a variant: trained, tracked, and compared with the variants of the project."""

import shutil
from pathlib import Path

from pipeline.checking.process import run
from pipeline.checking.runs import tracked
from pipeline.checking.train import Training, results_in
from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.core.params import common, section
from pipeline.core.stage import Results
from pipeline.declaration import Exercise
from pipeline.registry import FOLDER, part
from pipeline.scoring.comparison import Evaluation
from pipeline.scoring.differences import difference
from pipeline.scoring.predictions import read_predictions
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
        PipelineError: the worksheet trains nothing, the variants that it is compared with are not built, training
            failed or took too long, or MLflow cannot be used.
    """
    name = exercise.name
    if not (FOLDER / name / "worksheet/training.py").exists():
        raise PipelineError(
            f"the worksheet of exercise {exercise.number} has nothing to train: check it without --train"
        )
    how: Training = part(name, "worksheet.training").TRAINING
    for variant in how.against:  # before anything is trained
        if not (lacking := Results.of(name, variant).predictions).exists():
            raise PipelineError(f"{lacking} is missing: run `dvc repro {name}@{variant}` to have what to compare with")
    every = common().seeds_of(exercise.stage.more_seeds)
    if seeds and seeds > len(every):
        raise PipelineError(f"there are {len(every)} seeds in params.yaml: give --seeds that or less")
    chosen = every[:seeds]
    limit = START + SLOWER * read_json(Results.of(name, how.variant).timing)["seconds"]
    folder = FOLDERS / name / file.stem
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings = section(name, exercise.stage.settings).model_dump()
    with tracked(name, file, settings) as tracking:
        arguments = [name, str(file), str(folder), ",".join(map(str, chosen))]
        code = run("pipeline.checking.train", arguments, limit)
        if code is None:
            raise PipelineError(f"training was ended after {limit:.0f} s, {SLOWER} times as long as the reference took")
        if code:
            raise PipelineError("training failed (see above)")
        tracking.log(results_in(folder))
        lines = [compared(exercise, file.stem, folder, variant, chosen) for variant in how.against]
        if len(chosen) < len(every):
            lines.append(f"only {len(chosen)} of {len(every)} seeds: others may say something else")
        tracking.describe(lines)
    for seed in chosen:
        shutil.rmtree(folder / f"seed_{seed}")  # checkpoints
    return lines


def compared(exercise: Exercise, name: str, folder: Path, variant: str, seeds: list[int]) -> str:
    """The difference of a student's training from a variant, by the same seeds, in words.

    Raises:
        PipelineError: the variant's predictions lack a seed, or are of other test examples.
    """
    metric = exercise.metric(exercise.stage.metric)
    theirs = read_predictions(results_in(folder).predictions, metric)
    ours = read_predictions(Results.of(exercise.name, variant).predictions, metric)
    if not set(seeds) <= set(ours.seeds) or not ours.gold.equals(theirs.gold):
        raise PipelineError(f"{exercise.name}/{variant} was trained with other data or seeds: run `dvc repro`")
    same = ours.statistics[[ours.seeds.index(seed) for seed in theirs.seeds]]
    confidence = section("evaluation", Evaluation).confidence
    found = difference(theirs.statistics, same, metric.score, exercise.block, confidence)
    return verdict(name, variant, found, metric.points, metric.scale, confidence, metric.falls, metric.digits)
