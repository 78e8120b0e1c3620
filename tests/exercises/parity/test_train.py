"""Parity: short sequences first, all of them later, or as the sheet's script has it; what is stored."""

import numpy as np
import pytest
import torch

from pipeline.exercises.parity.stage import LENGTHS


def test_training_begins_with_short_sequences(make):
    task, read = make("parity", "bilstm"), {}
    for epoch in (3, 1, 12):  # a resumed run asks for any epoch first
        task.begin_epoch(epoch)
        plan = task.batches(np.random.default_rng(epoch))
        read[epoch] = (sum(map(len, plan)), sum(task.loss(batch).tokens for batch in plan))
    assert all(rows == 48 for rows, _ in read.values())
    assert read[1][1] < read[3][1] <= 3 * 48 < read[12][1]


def test_every_test_set_is_stored(make):
    task = make("parity", "lstm")
    task.train()
    tested = task.test()
    columns = tested.predictions
    for length, count in zip(LENGTHS, (20, 10, 10, 5), strict=True):
        own = columns["length"] == length
        assert own.sum() == count
        right = (columns["label"] == columns["prediction"])[own].mean()
        assert right == tested.scores[f"accuracy_{length}"]


def test_without_the_curriculum_long_sequences_come_at_once(make):
    task = make("parity", "no_curriculum")
    task.begin_epoch(1)
    plan = task.batches(np.random.default_rng(1))
    assert max(task.tokens["train"].lengths[batch].max() for batch in plan) == 10


def test_the_sheets_network_begins_as_torch_draws_it(make):
    torch.manual_seed(1)
    script = make("parity", "sheet_script").model
    (forget,) = script.recurrent.bias_ih_l0[32:64].unsqueeze(0)
    assert forget.abs().max() <= 32**-0.5 and forget.std() > 0.05
    assert make("parity", "lstm").model.recurrent.bias_ih_l0[6:12].eq(1).all()
    torch_lstm = torch.nn.LSTM(16, 32, 2, batch_first=True, bidirectional=True)
    assert sum(p.numel() for p in script.recurrent.parameters()) == sum(p.numel() for p in torch_lstm.parameters())


def test_the_script_takes_twenty_steps_and_guesses(make):
    task = make("parity", "sheet_script")
    steps = 0

    def count(*_):
        nonlocal steps
        steps += 1

    task.model.register_forward_pre_hook(count)
    loss = task.run_script()
    assert steps == 20 and loss == pytest.approx(np.log(2), abs=0.02)
