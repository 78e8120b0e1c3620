"""What befalls a seed's training is said in one line."""

from pathlib import Path

import pytest
import torch

from pipeline.errors import PipelineError
from pipeline.training.loop import Job
from pipeline.training.variant import _train


def train(act):
    return _train(act, Job(5, Path(), torch.device("cpu"), "fp32"))


def test_a_model_too_large_for_the_memory_is_one_line():
    with pytest.raises(PipelineError, match="seed 5: memory is short .*; lower batch_size or hidden_size") as error:
        train(lambda job: torch.nn.LSTM(64, 2**30))
    assert "\n" not in str(error.value)


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        train(lambda job: torch.zeros(2, 3) @ torch.zeros(2, 3))
