"""A task's steps are timed as the loop trains it; the hooks find the first batch; products are products."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from benchmarks.engine import products
from benchmarks.extrapolated import cost
from benchmarks.steps import first_batches
from pipeline.core.params import common
from pipeline.exercises.char_lm.stage import STAGE
from tests.exercises.conftest import make

__all__ = ["make"]
ROOT = Path(__file__).parents[2]
TRAIN = """
import pathlib, torch
from pipeline.training.task import Job
from tests.training.line import RECIPE, Line
Line(RECIPE, Job(1, pathlib.Path(), torch.device("cpu"), "fp32")).train()
"""


def test_the_first_batches_are_trained_on_and_all_their_time_is_told(make, monkeypatch):
    monkeypatch.setattr("benchmarks.steps.STEPS", 3)
    task = make("char_lm", "t16_h128", batch_size=4, steps=16, characters=640)
    before = task.model.output.weight.detach().clone()
    clock, tokens = first_batches(task, lambda model: [(model, "nats", "loss")])
    assert tokens == 3 * 64 and not torch.equal(task.model.output.weight, before)
    assert set(clock.seconds) == {"other layers", "loss", "backward", "clipping", "optimiser", "rest"}
    assert all(seconds > 0 for seconds in clock.seconds.values())
    with task.job.inference():
        assert len(task.batches(None)) == 10 and "accuracy" in task.validate()  # as it was


def test_some_steps_tell_what_all_epochs_and_seeds_take(make):
    task = make("char_lm", "t16_h128", batch_size=4, steps=16, characters=640)
    shutil.copy(ROOT / "params.yaml", "params.yaml")
    (found,) = cost(STAGE, type(task), task.recipe)
    seeds = len(common().seeds_of(STAGE.more_seeds))
    assert (found.steps, found.epochs, found.seeds) == (10, 2, seeds) and found.seconds > 0
    assert found.hours == pytest.approx(found.seconds * 10 * 2 * seeds / 3600)
    ngram = make("char_lm", "ngram", characters=640)
    assert list(cost(STAGE, type(ngram), ngram.recipe)) == []  # has no steps


def test_the_hook_notes_when_training_begins(tmp_path):
    mark, began = tmp_path / "mark", time.time()
    hooks = f"{ROOT / 'benchmarks/hooks'}{os.pathsep}{ROOT}"
    environment = os.environ | {"PYTHONPATH": hooks, "BENCHMARK_MARK": str(mark)}
    subprocess.run([sys.executable, "-c", TRAIN], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert began < float(mark.read_text()) < time.time()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_product_is_of_the_shape_asked_for(dtype):
    found = [multiply() for multiply in products(4, 5, 6, dtype)]
    assert len(found) >= 2 and {tuple(product.shape) for product in found} == {(4, 6)}
    torch.testing.assert_close(found[0], found[1])
