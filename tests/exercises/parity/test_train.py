"""Parity: short sequences first, all of them later; what is stored."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from pipeline.core.params import Parity
from pipeline.corpora.prepared.tables import list_array, write_table
from pipeline.exercises.parity import train as parity
from pipeline.training.loop import Job

ARGUMENTS = {
    "vocabulary": 11,
    "classes": 2,
    "embedding_size": 4,
    "hidden_size": 4,
    **parity.VARIANTS["bilstm"],
    "pooling": "last",
    "dropout": 0.1,
}
SETTINGS = Parity(
    epochs=4,
    patience=4,
    batch_size=16,
    learning_rate=0.01,
    weight_decay=0.0,
    clip_norm=1.0,
    dropout=0.1,
    embedding_size=4,
    hidden_size=4,
    epoch_size=48,
)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Few sequences, train's of 1 to 10 digits."""
    draw = np.random.default_rng(0)
    sizes = {"train": 100, "validation": 20, "test_10": 20, "test_40": 10, "test_100": 10, "test_500": 5}
    for split, count in sizes.items():
        length = [int(split[5:])] * count if split[5:] in ("40", "100", "500") else draw.integers(1, 11, count)
        rows = [draw.integers(0, 10, size=n, dtype=np.int8) for n in length]
        label = pa.array([int(row.sum()) % 2 for row in rows], pa.int8())
        write_table(tmp_path / f"{split}.arrow", {"digits": list_array(rows, pa.int8()), "label": label})
    monkeypatch.setattr(parity, "DATA", tmp_path)
    return tmp_path


def test_training_begins_with_short_sequences_and_stores_every_test_set(data, tmp_path, monkeypatch):
    read = {}
    original = parity.fit

    def fit(model, batches, loss, validate, settings, metric, job, begin_epoch):
        for epoch in (3, 1, 12):  # a resumed run asks for any epoch first
            begin_epoch(epoch)
            plan = batches(np.random.default_rng(epoch))
            read[epoch] = (sum(map(len, plan)), sum(loss(batch)[2] for batch in plan))
        return original(model, batches, loss, validate, settings, metric, job, begin_epoch)

    monkeypatch.setattr(parity, "fit", fit)
    job = Job(1, tmp_path, torch.device("cpu"), "fp32")
    outcome = parity.train_parity(job, SETTINGS, ARGUMENTS)
    assert all(rows == 48 for rows, _ in read.values())
    assert read[1][1] < read[3][1] <= 3 * 48 < read[12][1]
    columns = outcome.predictions
    for length, count in zip(parity.TESTS, (20, 10, 10, 5), strict=True):
        own = columns["length"] == length
        assert own.sum() == count
        right = (columns["label"] == columns["prediction"])[own].mean()
        assert right == outcome.test[f"accuracy_{length}"]
