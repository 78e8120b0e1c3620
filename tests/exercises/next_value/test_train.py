"""The sunspots are split in the order of time, and nothing that is fitted has seen the test years."""

import numpy as np
import pyarrow as pa
import pytest
import torch
from statsmodels.datasets import sunspots

from pipeline.core.errors import PipelineError
from pipeline.core.params import NextValue
from pipeline.corpora.prepared.tables import write_table
from pipeline.exercises.next_value.train import SERIES, read_series, train_baseline
from pipeline.training.loop import Job

SETTINGS = NextValue(
    epochs=1, patience=1, batch_size=8, learning_rate=0.01, weight_decay=0.0, clip_norm=1.0, dropout=0.0,
    hidden_size=4, window=24, lags=9,
)  # fmt: skip
AR9 = {"lags": 9, "roots": False}


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = sunspots.load_pandas().data
    years, values = data["YEAR"].to_numpy(), data["SUNACTIVITY"].to_numpy()

    def write(values):
        write_table(SERIES, {"year": pa.array(years, pa.int32()), "value": pa.array(values, pa.float64())})

    SERIES.parent.mkdir(parents=True)
    write(values)
    return write, values


def fit_baseline(tmp_path, arguments):
    job = Job(1, tmp_path, torch.device("cpu"), "fp32")
    return train_baseline(job, SETTINGS, arguments, read_series(SETTINGS.window))


def test_the_splits_follow_one_another_and_the_test_is_the_last_fifth(store):
    series = read_series(24)
    years = {split: series.years[rows] for split, rows in series.rows.items()}
    assert (years["test"][0], years["test"][-1], len(years["test"])) == (1947, 2008, 62)
    assert years["train"][0] == 1724 and years["validation"][-1] == 1946
    assert years["train"][-1] + 1 == years["validation"][0]
    assert np.array_equal(series.windows[:, -1].numpy(), store[1][24:])


def test_the_baselines_are_the_published_ones(store, tmp_path):
    assert fit_baseline(tmp_path, {}).test["rmse"] == pytest.approx(33.3, abs=0.05)
    assert fit_baseline(tmp_path, AR9).test["rmse"] == pytest.approx(19.4, abs=0.05)
    assert fit_baseline(tmp_path, {"lags": 9, "roots": True}).test["rmse"] == pytest.approx(16.7, abs=0.05)


def test_other_test_years_change_nothing_that_is_fitted(store, tmp_path):
    write, values = store
    before, series = fit_baseline(tmp_path, AR9), read_series(24)
    write(np.where(np.arange(len(values)) < len(values) - 62, values, 1.0))
    after, other = fit_baseline(tmp_path, AR9), read_series(24)
    assert torch.equal(before.model.sum.weight, after.model.sum.weight)
    assert (series.mean, series.sd, series.spread) == (other.mean, other.sd, other.spread)
    assert before.test["rmse"] != after.test["rmse"]


def test_a_window_longer_than_the_years_is_one_clear_error(store):
    with pytest.raises(PipelineError, match="next_value.window: 300 years"):
        read_series(300)


def test_more_lags_than_the_years_can_tell_is_one_clear_error(store, tmp_path):
    with pytest.raises(PipelineError, match="lower next_value.lags"):
        fit_baseline(tmp_path, {"lags": 130, "roots": False})
