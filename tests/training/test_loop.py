"""The loop: resuming gives the same weights, a damaged checkpoint is noticed, divergence is said."""

import errno
import io
import multiprocessing
import os
import re
import signal
import time

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from pipeline.core.errors import PipelineError
from pipeline.core.params import Training
from pipeline.training import checkpoint
from pipeline.training.loop import schedule
from pipeline.training.task import Job, Loss, Recipe, Task

SETTINGS = Training(
    epochs=4, patience=4, batch_size=8, learning_rate=0.05, weight_decay=0.01, clip_norm=1.0, dropout=0.5
)


INPUTS = torch.randn(64, 5, generator=torch.Generator().manual_seed(0))
LABELS = (INPUTS.sum(1) > 0).long()


class Noisy(Task):
    """A small problem with dropout, so that any difference in random numbers shows.

    The first layer is frozen for two epochs, as in gradual unfreezing.
    """

    scale, epochs_before_stop, validations = 1.0, 0, 0

    def build(self):
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Linear(5, 16), torch.nn.Dropout(0.5), torch.nn.Linear(16, 2))

    def begin_epoch(self, epoch):
        self.model[0].requires_grad_(epoch > 2)

    def batches(self, generator):
        return np.array_split(generator.permutation(64), 8)

    def loss(self, batch):
        logits = self.model(INPUTS[batch]) * self.scale
        return Loss(cross_entropy(logits, LABELS[batch], reduction="sum"), len(batch), len(batch))

    def validate(self):
        self.validations += 1
        if self.validations == self.epochs_before_stop:
            raise KeyboardInterrupt
        return {"loss": cross_entropy(self.model(INPUTS), LABELS).item(), "accuracy": 0.5}


class Written(io.RawIOBase):
    """What the system is asked to write, call by call; empty ones do nothing."""

    def __init__(self):
        self.parts = []

    def writable(self):
        return True

    def write(self, data):
        self.parts += [bytes(data).decode()] if data else []
        return len(data)


def train(directory, epochs_before_stop=0, settings=SETTINGS, scale=1.0):
    directory.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(settings, torch.nn.Sequential, {})
    task = Noisy(recipe, Job(7, directory, torch.device("cpu"), "fp32"))
    task.epochs_before_stop, task.scale = epochs_before_stop, scale
    return task.train(), task.model.state_dict()


def assert_same(one, other):
    assert one[0].history == other[0].history and one[0].best_epoch == other[0].best_epoch
    for name, value in one[1].items():
        assert torch.equal(value, other[1][name]), name


@pytest.mark.parametrize("stop", [1, 2, 4])
def test_a_stopped_run_ends_like_an_undisturbed_one(tmp_path, stop):
    whole = train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "stopped", stop)
    assert_same(train(tmp_path / "stopped"), whole)


def test_a_killed_run_ends_like_an_undisturbed_one(tmp_path):
    whole = train(tmp_path / "whole")
    process = multiprocessing.get_context("spawn").Process(target=train, args=(tmp_path / "killed",))
    process.start()
    deadline = time.monotonic() + 60
    while not (tmp_path / "killed" / "checkpoint.safetensors").exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert_same(train(tmp_path / "killed"), whole)


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty"])
def test_a_damaged_checkpoint_is_noticed_and_training_starts_over(tmp_path, capsys, damage):
    whole = train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "stopped", 3)
    file = tmp_path / "stopped" / "checkpoint.safetensors"
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes({"flip": content, "truncate": content[:-100], "empty": b""}[damage])
    assert_same(train(tmp_path / "stopped"), whole)
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning:")]
    assert len(warnings) == 1 and "checkpoint.safetensors is damaged" in warnings[0]


def test_a_metric_decides_that_is_better_higher_but_for_the_loss(tmp_path, monkeypatch):
    found = iter([(0.4, 0.7), (0.3, 0.6), (0.5, 0.7), (0.6, 0.8)] * 2)
    monkeypatch.setattr(Noisy, "validate", lambda task: dict(zip(("loss", "accuracy"), next(found), strict=True)))
    assert train(tmp_path / "loss")[0].best_epoch == 2
    monkeypatch.setattr(Noisy, "decides", "accuracy")
    assert train(tmp_path / "accuracy")[0].best_epoch == 4


def test_patience_stops_and_the_best_epoch_is_kept(tmp_path):
    # From the start as good as it gets: a huge learning rate only makes it worse.
    settings = SETTINGS.model_copy(update={"epochs": 50, "patience": 2, "learning_rate": 3.0})
    done, state = train(tmp_path / "run", settings=settings)
    assert len(done.history) == done.best_epoch + 2 < 50
    losses = [row["validation_loss"] for row in done.history]
    assert losses[done.best_epoch - 1] == min(losses)
    again, same = train(tmp_path / "run", settings=settings)  # a finished run is not trained on
    assert_same((again, same), (done, state))


def test_time_in_which_the_processor_does_something_else_is_not_counted(tmp_path, monkeypatch):
    batches = Noisy.batches
    monkeypatch.setattr(Noisy, "batches", lambda task, generator: time.sleep(0.3) or batches(task, generator))
    fit, _ = train(tmp_path)
    assert 0 < fit.seconds[-1] < 0.3


@pytest.mark.parametrize("buffered", [True, False])
def test_a_line_of_progress_is_one_write(tmp_path, monkeypatch, buffered):
    """Else lines of seeds that train side by side could mix."""
    written = Written()
    output = io.TextIOWrapper(io.BufferedWriter(written) if buffered else written, write_through=not buffered)
    monkeypatch.setattr("sys.stdout", output)
    train(tmp_path)
    assert len(written.parts) == 4
    assert all(re.fullmatch(r"seed 7  epoch \d/4  .* s\n", part) for part in written.parts)


def test_what_is_frozen_stays_until_it_is_thawed(tmp_path):
    two, four = (train(tmp_path / str(n), settings=SETTINGS.model_copy(update={"epochs": n}))[1] for n in (2, 4))
    torch.manual_seed(0)
    first = torch.nn.Linear(5, 16).weight
    assert torch.equal(two["0.weight"], first) and not torch.equal(four["0.weight"], first)


def test_divergence_is_one_clear_error(tmp_path):
    with pytest.raises(PipelineError, match="seed 7, epoch 1: training diverged"):
        train(tmp_path / "run", scale=float("inf"))


def test_schedule_climbs_then_falls_to_zero():
    rates = [schedule(step, 100) for step in range(101)]
    assert rates[9] == 1.0 and rates[0] == pytest.approx(0.1) and rates[100] == pytest.approx(0.0)
    assert rates[:10] == sorted(rates[:10]) and rates[10:] == sorted(rates[10:], reverse=True)


def test_a_checkpoint_that_cannot_be_read_is_not_thrown_away(tmp_path, monkeypatch):
    """A disk that fails for a moment is no reason to train from the beginning."""
    train(tmp_path / "run")

    def fail(*arguments):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(checkpoint, "safe_open", fail)
        train(tmp_path / "run")
    assert (tmp_path / "run/checkpoint.safetensors").exists()
