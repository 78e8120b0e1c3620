"""Parity: short sequences first, all of them later; what is stored."""

import numpy as np

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
