"""The sunspots are split in the order of time, and nothing that is fitted has seen the test years."""

import numpy as np
import pyarrow as pa
import pytest
import torch
from statsmodels.datasets import sunspots
from statsmodels.tsa.ar_model import AutoReg

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared.tables import write_table
from pipeline.exercises.next_value.train import SERIES, least_squares, read_series

FIT = """
import torch
from statsmodels.datasets import sunspots
from pipeline.exercises.next_value.train import least_squares
torch.set_num_threads(1)
values = torch.tensor(sunspots.load_pandas().data["SUNACTIVITY"].to_numpy())
print(*(number.hex() for number in torch.hstack(least_squares(values.sqrt(), 9)).tolist()))
"""


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


@pytest.fixture
def fit(make):
    """A baseline, fitted, and its scores on the test years."""

    def fit(variant, lags=9):
        task = make("next_value", variant, window=24, lags=lags)
        task.train()
        return task, task.test().scores

    return fit


def test_the_splits_follow_one_another_and_the_test_is_the_last_fifth(store):
    series = read_series(24)
    years = {split: series.years[rows] for split, rows in series.rows.items()}
    assert (years["test"][0], years["test"][-1], len(years["test"])) == (1947, 2008, 62)
    assert years["train"][0] == 1724 and years["validation"][-1] == 1946
    assert years["train"][-1] + 1 == years["validation"][0]
    assert np.array_equal(series.windows[:, -1].numpy(), store[1][24:])


def test_the_baselines_are_the_published_ones(store, fit):
    assert fit("persistence")[1]["rmse"] == pytest.approx(33.3, abs=0.05)
    assert fit("autoregression")[1]["rmse"] == pytest.approx(19.4, abs=0.05)
    assert fit("autoregression_roots")[1]["rmse"] == pytest.approx(16.7, abs=0.05)


def test_other_test_years_change_nothing_that_is_fitted(store, fit):
    write, values = store
    (before, scores), series = fit("autoregression"), read_series(24)
    write(np.where(np.arange(len(values)) < len(values) - 62, values, 1.0))
    (after, others), other = fit("autoregression"), read_series(24)
    assert torch.equal(before.model.sum.weight, after.model.sum.weight)
    assert (series.mean, series.sd, series.spread) == (other.mean, other.sd, other.spread)
    assert scores["rmse"] != others["rmse"]


def test_a_window_longer_than_the_years_is_one_clear_error(store):
    with pytest.raises(PipelineError, match="next_value.window: 300 years"):
        read_series(300)


def test_more_lags_than_the_years_can_tell_is_one_clear_error(store, fit):
    with pytest.raises(PipelineError, match="lower next_value.lags"):
        fit("autoregression", lags=130)


@pytest.mark.parametrize("lags", [1, 9, 30])
@pytest.mark.parametrize("power", [1.0, 0.5])
def test_the_coefficients_are_those_of_statsmodels(power, lags):
    values = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy() ** power
    weights, constant = least_squares(torch.tensor(values), lags)
    expected = AutoReg(values, lags).fit().params  # the constant, then from the newest value to the oldest
    np.testing.assert_allclose([constant, *weights.flip(0)], expected, rtol=1e-10, atol=1e-12)


def test_values_that_leave_several_solutions_get_one():
    weights, constant = least_squares(torch.full((40,), 7.0, dtype=torch.double), 3)
    assert (weights.sum() * 7 + constant).item() == pytest.approx(7)


def test_the_kernels_that_numpy_picks_change_no_bit(outputs):
    fits = set(outputs(FIT))
    assert len(fits) == 1 and len(fits.pop().split()) == 10
