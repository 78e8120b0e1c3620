"""Exercise 2: next year's sunspots from those of the years before. Recurrent networks written by hand, against the
persistence forecast and autoregressions.

    python -m pipeline.exercises.next_value.train {persistence,autoregression,autoregression_roots,rnn,gru,lstm}

The last fifth of the years is the test, the last fifth of those before it the validation. The networks read square
roots: `autoregression_roots` is their equal in that, `autoregression` the textbook's. Validation decides nothing about
the two, so they are fitted on its years as well, and their validation scores flatter them.
"""

import sys
import time
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.params import NextValue, load
from pipeline.corpora.prepared.batching import Batch, shuffled
from pipeline.corpora.prepared.tables import PREPARED, flat, read_table
from pipeline.layers.cells import CELLS
from pipeline.models.forecaster import Autoregression, Forecaster, Persistence
from pipeline.training.loop import Fit, Job, fit
from pipeline.training.variant import Outcome, pick, run_variant

SERIES = PREPARED / "series" / "sunspots.arrow"
HELD_OUT = 0.2


@dataclass(frozen=True)
class Series:
    """Every year that has a whole window of years before it."""

    windows: Tensor  # (years, window + 1) float64: the years before, then the year itself
    years: np.ndarray  # (years,) int32
    rows: dict[str, slice]  # of each split
    spread: float  # standard deviation of the training years' values,
    mean: float  # and the mean of their square roots,
    sd: float  # and the standard deviation of these


def main() -> None:
    params = load()
    variant = pick(sys.argv, ("persistence", "autoregression", "autoregression_roots", *CELLS))
    settings = params.next_value
    series = read_series(settings.window)
    name, train, arguments = "Persistence", train_baseline, {}
    if variant in CELLS:
        name, train = "Forecaster", train_network
        arguments = {"cell": variant, "hidden_size": settings.hidden_size, "dropout": settings.dropout}
        arguments |= {"mean": series.mean, "sd": series.sd}
    elif variant != "persistence":
        name, arguments = "Autoregression", {"lags": settings.lags, "roots": variant == "autoregression_roots"}
    run_variant(
        "next_value",
        variant,
        metric="rmse",
        params=params,
        corpora=["series"],
        train=partial(train, settings=settings, arguments=arguments, series=series),
        description={"class": name, "arguments": arguments, "window": settings.window},
        assets={},
        precision="fp64",
    )


def read_series(window: int) -> Series:
    """The series in windows, split in the order of time.

    Raises:
        PipelineError: the window leaves nothing to train on.
    """
    table = read_table(SERIES)
    values = torch.tensor(flat(table, "value"))
    test = len(values) - round(HELD_OUT * len(values))
    validation = test - round(HELD_OUT * test)
    if validation <= window:
        raise PipelineError(f"next_value.window: {window} years before each of {validation} leave none to train on")
    rows = {
        "train": slice(0, validation - window),
        "validation": slice(validation - window, test - window),
        "test": slice(test - window, None),
    }
    known = values[:validation]
    moments = [moment.item() for moment in (known.std(), known.sqrt().mean(), known.sqrt().std())]
    return Series(values.unfold(0, window + 1, 1), flat(table, "year")[window:], rows, *moments)


def train_network(job: Job, settings: NextValue, arguments: dict, series: Series) -> Outcome:
    """Train one seed and forecast the test years."""
    model = Forecaster(**arguments).to(job.device)
    windows = series.windows[series.rows["train"]].to(job.device)
    early = settings.window // 3  # forecasts from so few years are not what the network is for

    def loss(batch: Batch) -> tuple[Tensor, int, int]:
        window = windows[batch]
        error = (model(window[:, :-1]) - window[:, 1:])[:, early:] / series.spread
        return error.square().sum(), error.numel(), len(batch) * settings.window

    def validate() -> dict[str, float]:
        return scores(forecast(model, series, "validation"), series, "validation")

    batches = partial(shuffled, len(windows), settings.batch_size)
    fitted = fit(model, batches, loss, validate, settings, "loss", job)
    with torch.inference_mode():
        predicted = forecast(model, series, "test")
    test = scores(predicted, series, "test") | {"step_gradient_norms": step_gradient_norms(model, windows)}
    return Outcome(fitted, model, test, predictions(predicted, series))


def step_gradient_norms(model: Forecaster, windows: Tensor) -> list[float]:
    """How much each step of the window but the first, oldest first, adds to the gradient of the recurrent weights.

    The loss is that of the forecasts from whole windows: how far back does a network look, and what of it reaches
    the weights that all steps share? The first step multiplies them by a state of zeros: its part is none by
    construction, and left out.
    """
    values, target = windows[:, :-1], windows[:, -1]

    def loss(states: Tensor) -> Tensor:
        return (model.read_out(values, states)[:, -1] - target).square().mean()

    by_step = model.recurrent.gradients_by_step(model.scaled(values), loss)
    return by_step["weight_hh"][1:].flatten(1).norm(dim=1).tolist()


def train_baseline(job: Job, settings: NextValue, arguments: dict, series: Series) -> Outcome:
    """Fit an autoregression by least squares, or nothing for persistence, and forecast the test years."""
    from statsmodels.tsa.ar_model import AutoReg

    started = time.perf_counter()
    known = torch.cat([series.windows[0, :-1], series.windows[: series.rows["test"].start, -1]])  # every year before
    model: Persistence | Autoregression = Autoregression(**arguments) if arguments else Persistence()
    if isinstance(model, Autoregression):
        if len(known) < 2 * model.lags + 2:  # else there are fewer equations than unknowns
            raise PipelineError(
                f"{len(known)} years before the test are too few for an autoregression on {model.lags}: "
                "lower next_value.lags in params.yaml"
            )
        constant, *newest_first = AutoReg((known.sqrt() if model.roots else known).numpy(), model.lags).fit().params
        model.load_state_dict({"sum.weight": torch.tensor([newest_first[::-1]]), "sum.bias": torch.tensor([constant])})
    with torch.inference_mode():
        forecasts = {split: forecast(model, series, split) for split in series.rows}
        found = {split: scores(values, series, split) for split, values in forecasts.items()}
    row = {"epoch": 1, "train_loss": found["train"]["loss"]}
    row |= {f"validation_{name}": value for name, value in found["validation"].items()}
    fitted = Fit([row], best_epoch=1, seconds=[time.perf_counter() - started], tokens=[len(known)])
    return Outcome(fitted, model, found["test"], predictions(forecasts["test"], series))


def forecast(model: Forecaster | Persistence | Autoregression, series: Series, split: str) -> np.ndarray:
    """One year ahead, from the true values of the years before: (years,) float64."""
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    return model.forecast(series.windows[series.rows[split], :-1].to(device)).cpu().numpy()


def scores(forecast: np.ndarray, series: Series, split: str) -> dict[str, float]:
    """Root mean squared and mean absolute error in sunspots; `loss` is the mean square over the series' variance."""
    error = forecast - series.windows[series.rows[split], -1].numpy()
    square = float(np.square(error).mean())
    return {"loss": square / series.spread**2, "rmse": square**0.5, "mae": float(np.abs(error).mean())}


def predictions(forecast: np.ndarray, series: Series) -> dict[str, np.ndarray]:
    test = series.rows["test"]
    return {"year": series.years[test], "value": series.windows[test, -1].numpy(), "prediction": forecast}


if __name__ == "__main__":
    run_stage(main)
