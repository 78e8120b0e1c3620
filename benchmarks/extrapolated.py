"""What a scale would cost: the first steps of each network's training are timed, and the rest extrapolated from them.

    make repro SCALE=full STAGES="prepare word2vec"
    cd runs/full && ../../.venv/bin/python -m benchmarks.extrapolated

Prints a table in Markdown for the device of the machine. Models that are not trained in epochs are left out, and so are
validation, testing and early stopping, which ends many trainings sooner.
"""

import io
import runpy
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import torch
from tqdm import tqdm

import pipeline.training.run
from benchmarks.steps import one_epoch
from pipeline.core.params import common, section
from pipeline.core.stage import Stage
from pipeline.registry import exercises
from pipeline.training.device import cores, pick_device, resolve_precision
from pipeline.training.task import Job, Task

WARM_UP, STEPS = 3, 20  # batches before the timed ones, and those


class Cost(NamedTuple):
    """What training a variant takes, all seeds."""

    exercise: str
    seconds: float  # a step, of one thread or the GPU
    steps: int  # an epoch
    epochs: int
    seeds: int

    @property
    def hours(self) -> float:
        """Of one core, or of the GPU."""
        return self.seconds * self.steps * self.epochs * self.seeds / 3600


def costs() -> Iterator[Cost]:
    """Of each variant that is trained in epochs, in the project of the current folder."""
    for name in exercises():
        with patch.object(pipeline.training.run, "main") as main:
            runpy.run_module(f"pipeline.exercises.{name}.train", run_name="__main__")
        stage, prepare, task = main.call_args.args
        settings = section(name, stage.settings)
        for variant in stage.variants:
            yield from cost(stage, task, prepare(variant, settings))


def cost(stage: Stage, kind: type[Task[Any]], recipe: Any) -> Iterator[Cost]:
    """Of a variant, or nothing if it trains without batches."""
    device = pick_device()
    precision = recipe.precision or resolve_precision(common().precision, device)
    with TemporaryDirectory() as folder:
        task = kind(recipe, Job(1, Path(folder), device, precision))
        batches, loss = task.batches, task.loss
        lengths: list[int] = []  # of epochs
        times: list[float] = []  # of the beginnings of steps

        def spread(generator: np.random.Generator) -> list[Any]:
            plan = batches(generator)
            lengths.append(len(plan))
            return [plan[i] for i in np.linspace(0, len(plan) - 1, WARM_UP + STEPS + 1).astype(int)]

        def timed(batch: Any) -> Any:
            if device.type == "cuda":
                torch.cuda.synchronize()
            times.append(time.perf_counter())
            return loss(batch)

        with (
            one_epoch(task, spread),
            patch.object(task, "loss", timed),
            patch.object(task, "fit_at_once", lambda fit, tokens: None),
            redirect_stdout(io.StringIO()),  # the loop's line on its epoch
        ):
            task.train()
    if times:
        seconds, seeds = float(np.mean(np.diff(times)[WARM_UP:])), common().seeds_of(stage.more_seeds)
        yield Cost(stage.name, seconds, lengths[0], recipe.settings.epochs, len(seeds))


def main() -> None:
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)  # as the pipeline trains a seed
    device = pick_device().type
    at_once = 1 if device == "cuda" else cores()
    where = "the GPU" if device == "cuda" else f"{at_once} cores"
    of: dict[str, list[Cost]] = {}
    for found in tqdm(costs(), disable=None, leave=False):
        of.setdefault(found.exercise, []).append(found)
    print(f"| exercise | variants | ms a step | steps | hours on {where} |\n|---|---:|---:|---:|---:|")
    for exercise, variants in of.items():
        steps = [1000 * variant.seconds for variant in variants]
        number = sum(variant.steps * variant.epochs * variant.seeds for variant in variants)
        hours = sum(variant.hours for variant in variants) / at_once
        print(f"| {exercise} | {len(variants)} | {min(steps):.0f} to {max(steps):.0f} | {number:,} | {hours:.1f} |")
    hours = sum(variant.hours for variants in of.values() for variant in variants) / at_once
    print(f"\nIn all {hours:.1f} hours on {where}.")


if __name__ == "__main__":
    main()
