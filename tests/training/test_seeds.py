"""Seeds train side by side as they do one after the other; what ends one of them is said in one line."""

import os

import numpy as np
import pytest
import torch

from pipeline.core.errors import PipelineError
from pipeline.training.seeds import train_seed, training
from pipeline.training.task import Job
from tests.training.line import RECIPE, Line


class TooLarge(Line):
    def build(self):
        return torch.nn.LSTM(64, 2**30)


class Wrong(Line):
    def loss(self, batch):
        return torch.zeros(2, 3) @ torch.zeros(2, 3)


class Killed(Line):
    def validate(self):
        os._exit(9)


def job(directory, seed):
    (directory / str(seed)).mkdir(parents=True)
    return Job(seed, directory / str(seed), torch.device("cpu"), "fp32")


def test_a_model_too_large_for_the_memory_is_one_line(tmp_path):
    with pytest.raises(PipelineError, match="seed 5: memory is short .*; lower batch_size or hidden_size") as error:
        train_seed(TooLarge, RECIPE, job(tmp_path, 5))
    assert "\n" not in str(error.value)


def test_other_errors_stay_what_they_are(tmp_path):
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        train_seed(Wrong, RECIPE, job(tmp_path, 5))


def test_side_by_side_is_as_one_after_the_other(tmp_path):
    found = {}
    for side_by_side in (0, 2):
        jobs = [job(tmp_path / str(side_by_side), seed) for seed in (1, 2, 3)]
        with training(Line, RECIPE, jobs, side_by_side) as outcomes_of:
            found[side_by_side] = outcomes_of()
    for alone, beside in zip(found[0], found[2], strict=True):
        assert alone.seed == beside.seed and alone.fit.history == beside.fit.history
        assert list(alone.state) == list(beside.state) and alone.parameters == beside.parameters == 4
        for name in alone.state:
            np.testing.assert_array_equal(alone.state[name], beside.state[name])
    one, other, _ = found[0]
    assert not np.array_equal(one.state["weight"], other.state["weight"])


def test_a_process_that_the_system_ended_is_one_line(tmp_path):
    with (
        pytest.raises(PipelineError, match="the system ended a training process"),
        training(Killed, RECIPE, [job(tmp_path, 1), job(tmp_path, 2)], 2) as outcomes_of,
    ):
        outcomes_of()
