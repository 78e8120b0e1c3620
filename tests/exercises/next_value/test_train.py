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


@pytest.mark.parametrize(("variant", "fixed", "refitted"), [
    ("persistence", 33.3, 33.3), ("autoregression", 19.9, 19.3), ("autoregression_roots", 16.9, 17.0),
])  # fmt: skip
def test_the_baselines_are_the_published_ones(store, fit, variant, fixed, refitted):
    scores = fit(variant)[1]
    assert (scores["fixed_rmse"], scores["rmse"]) == pytest.approx((fixed, refitted), abs=0.05)


def test_an_autoregression_is_fitted_to_all_years_before_the_one_it_forecasts(store, fit):
    values, forecasts = store[1], fit("autoregression", lags=3)[0].test().predictions["prediction"]
    for at in (0, 30, 61):
        known = values[: len(values) - 62 + at]
        expected = AutoReg(known, 3).fit().predict(len(known), len(known)).item()
        assert forecasts[at] == pytest.approx(expected)


@pytest.mark.parametrize("variant", ["autoregression_roots", "gru"])
def test_a_forecast_comes_from_the_years_before_it_alone(store, make, variant):
    write, values = store
    forecasts, series = [], []
    for changed_from in (len(values), len(values) - 20, len(values) - 62):
        write(np.where(np.arange(len(values)) < changed_from, values, 1.0))
        task = make("next_value", variant, window=24, lags=9, updates_a_year=1)
        task.train()
        forecasts.append(task.test().predictions["prediction"])
        series.append((task.series.mean, task.series.sd, task.series.spread))
    assert len(set(series)) == 1
    for later, known in ((1, 42), (2, 0)):
        assert np.array_equal(forecasts[0][: known + 1], forecasts[later][: known + 1])
        assert not np.isclose(forecasts[0][known + 1], forecasts[later][known + 1])


def test_a_network_goes_on_learning_year_by_year(store, make):
    still = make("next_value", "rnn", window=24, yearly_rate=1e-12)
    still.train()
    scores = still.test().scores
    assert scores["rmse"] == pytest.approx(scores["fixed_rmse"], abs=1e-6)  # of the best epoch, not of the last one
    learning = make("next_value", "rnn", seed=2, window=24, yearly_rate=0.01)
    learning.train()
    before = learning.model.output.weight.clone()
    scores = learning.test().scores
    assert abs(scores["rmse"] - scores["fixed_rmse"]) > 0.01
    assert not learning.model.output.weight.equal(before)  # what is kept has learnt from the latest years too


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
