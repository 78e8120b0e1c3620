"""One variant of an exercise: its seeds trained, its outputs written, its runs tracked."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import read_json, write_json
from pipeline.core.params import common, section
from pipeline.core.stage import Results, Stage, extra_of
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.tracking.track import track
from pipeline.training import outputs
from pipeline.training.device import cores, pick_device, resolve_precision
from pipeline.training.fingerprint import fingerprint
from pipeline.training.kept import CHECKPOINTS, alone, discard, discard_recorded, is_recorded
from pipeline.training.seeds import training
from pipeline.training.task import Job, R, Recipe, Task


def main(stage: Stage, prepare: Callable[[str, Any], R], task: type[Task[R]]) -> None:
    """Train the variant named on the command line: `python -m pipeline.exercises.NAME.train VARIANT`.

    Args:
        prepare: the recipe of a variant, from its name and the exercise's settings.
        task: what trains and tests a seed.
    """

    def stage_main() -> None:
        variant = pick(sys.argv, tuple(stage.variants))
        settings = section(stage.name, stage.settings)
        run(stage, variant, settings, prepare(variant, settings), task)

    run_stage(stage_main)


def pick(arguments: list[str], variants: Sequence[str]) -> str:
    """The variant named on the command line.

    Raises:
        PipelineError: none or another is named.
    """
    if len(arguments) != 2 or arguments[1] not in variants:
        raise PipelineError(f"name one variant: {', '.join(variants)} (got {' '.join(arguments[1:]) or 'none'})")
    return arguments[1]


def run(stage: Stage, variant: str, settings: Any, recipe: Recipe, task: type[Task[Any]]) -> None:
    """Train every seed and write models/, metrics/ and data/predictions/ of this variant.

    Args:
        settings: the exercise's section of params.yaml, which is recorded; those of the variant are the recipe's.

    Raises:
        PipelineError: tracking is not available, training diverged, the system ended a worker, or what was trained
            with has changed since.
    """
    shared, exercise, device = common(), stage.name, pick_device()
    precision = recipe.precision or resolve_precision(shared.precision, device)
    corpora, seeds = recipe.corpora or stage.corpora, shared.seeds_of(stage.more_seeds)
    own: dict[str, Any] = settings.model_dump()
    recorded = {**own, "precision": precision, "device": device.type}
    place = CHECKPOINTS / exercise / variant
    with alone(exercise, variant):  # a stage that outlived its `dvc repro` ends first
        if is_recorded(exercise, variant):  # its checkpoints would end this training before it began
            discard(exercise, variant)
        key = fingerprint(exercise, variant, recorded, corpora, stage.reads)
        jobs = [Job(seed, place / key / f"seed_{seed}", device, precision) for seed in seeds]
        for job in jobs:
            job.directory.mkdir(parents=True, exist_ok=True)
            (job.directory / "progress.jsonl").unlink(missing_ok=True)
        progress = {job.seed: job.directory / "progress.jsonl" for job in jobs}
        started = time.perf_counter()
        # On a CPU each seed has a process and one thread: the same sums on any number of cores. Seeds share no GPU.
        side_by_side = 0 if device.type == "cuda" else 1 if stage.timed else min(len(jobs), cores() + 1)
        with (
            training(task, recipe, jobs, side_by_side) as outcomes_of,
            track(exercise, variant, recorded, seeds, corpora, progress, key) as tracking,
        ):
            discard_recorded()
            outcomes = outcomes_of()
            origin = {
                "exercise": exercise,
                "variant": variant,
                "edition": read_json(PREPARED / corpora[0] / "meta.json")["edition"],
            }
            results = Results.of(exercise, variant)
            network = {"class": recipe.network.__name__, "arguments": recipe.arguments}
            about = {**origin, "corpus": corpora[0], "settings": own, **network, **recipe.description}
            outputs.write_models(results.models, outcomes, recipe.assets, about)
            if stage.extra is not None:
                write_json(extra_of(stage.extra, exercise, variant), outcomes[0].tested.extra)
            outputs.write_predictions(results.predictions, outcomes, recipe.notes)
            outputs.write_history(results.history, outcomes)
            summary = outputs.summarise(outcomes, {**origin, "metric": stage.metric, "precision": precision})
            write_json(results.metrics, summary)
            elapsed = time.perf_counter() - started
            write_json(results.timing, outputs.times(outcomes, elapsed, device))
            _say(f"{exercise}/{variant}", stage.metric, summary, elapsed)
            tracking.finish(results)
        # DVC would record the results as those of what its files hold now.
        unchanged = (common(), section(exercise, stage.settings)) == (shared, settings)
        if not unchanged or fingerprint(exercise, variant, recorded, corpora, stage.reads) != key:
            raise PipelineError(
                f"params.yaml, code or data of {exercise}@{variant} changed while it trained: its results are not "
                "those of what is there now; run `dvc repro` again"
            )
        for other in place.iterdir():
            if other.name != key:
                shutil.rmtree(other)
        if "DVC_STAGE" not in os.environ:  # DVC did not start this process, and will not record what it wrote
            discard(exercise, variant)


def _say(name: str, metric: str, summary: dict[str, Any], elapsed: float) -> None:
    mean, sd = summary["mean"][metric], summary["sd"][metric]
    print(f"{name}: test {metric} {mean:.4f}" + ("" if sd is None else f" (sd {sd:.4f})") + f", {elapsed:.0f} s")
