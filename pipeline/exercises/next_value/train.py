"""Exercise 2: next year's sunspots from those of the years before. Recurrent networks written by hand, against the
persistence forecast and autoregressions.

    python -m pipeline.exercises.next_value.train {persistence,autoregression,autoregression_roots,rnn,gru,lstm}

The last fifth of the years is the test, the last fifth of those before it the validation. The networks read square
roots: `autoregression_roots` is their equal in that, `autoregression` the textbook's. Validation decides nothing about
the two, so they are fitted on its years as well, and their validation scores flatter them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared.batching import Batch, shuffled
from pipeline.corpora.prepared.tables import PREPARED, flat, read_table
from pipeline.exercises.next_value.stage import STAGE, Settings
from pipeline.models.forecaster import Autoregression, Forecaster, Persistence
from pipeline.training.run import main
from pipeline.training.task import Fit, Job, Loss, Recipe, Task, Tested

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


def recipe(variant: str, settings: Settings) -> Recipe:
    """The model of a variant."""
    chosen = STAGE.variants[variant]
    series = read_series(settings.window)
    common: dict[str, Any] = {"description": {"window": settings.window}, "precision": "fp64"}
    if chosen["network"] == "recurrent":
        arguments = {"cell": chosen["cell"], "hidden_size": settings.hidden_size, "dropout": settings.dropout}
        return Recipe(settings, Forecaster, arguments | {"mean": series.mean, "sd": series.sd}, **common)
    if chosen["network"] == "autoregression":
        return Recipe(settings, Autoregression, {"lags": settings.lags, "roots": chosen["roots"]}, **common)
    return Recipe(settings, Persistence, {}, **common)


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


class Sunspots(Task[Recipe]):
    """One seed of a network, which is trained, or of a baseline, which is fitted."""

    model: Forecaster | Persistence | Autoregression

    def __init__(self, recipe: Recipe, job: Job) -> None:
        super().__init__(recipe, job)
        self.series = read_series(self.settings.window)
        self.windows = self.series.windows[self.series.rows["train"]].to(job.device)

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        return shuffled(len(self.windows), self.settings.batch_size, generator)

    def loss(self, batch: Batch) -> Loss:
        early = self.settings.window // 3  # forecasts from so few years are not what the network is for
        window = self.windows[batch]
        error = (self.model(window[:, :-1]) - window[:, 1:])[:, early:] / self.series.spread
        return Loss(error.square().sum(), error.numel(), len(batch) * self.settings.window)

    def validate(self) -> dict[str, float]:
        return self.scores("validation")

    def train(self) -> Fit:
        return super().train() if isinstance(self.model, Forecaster) else self.fit_baseline(self.model)

    def fit_baseline(self, model: Persistence | Autoregression) -> Fit:
        """Fit an autoregression by least squares, or nothing for persistence, to every year before the test."""
        known = torch.cat([self.series.windows[0, :-1], self.series.windows[: self.series.rows["test"].start, -1]])

        def fit() -> float:
            if isinstance(model, Autoregression):
                fit_autoregression(model, known)
            return self.scores("train")["loss"]

        return self.fit_at_once(fit, len(known))

    def test(self) -> Tested:
        with torch.inference_mode():
            predicted, scores = self.forecast("test"), self.scores("test")
        more = {"step_gradient_norms": self.step_gradient_norms()} if isinstance(self.model, Forecaster) else {}
        test = self.series.rows["test"]
        predictions = {
            "year": self.series.years[test],
            "value": self.series.windows[test, -1].numpy(),
            "prediction": predicted,
        }
        return Tested(scores | more, predictions)

    def forecast(self, split: str) -> np.ndarray:
        """One year ahead, from the true values of the years before: (years,) float64."""
        windows = self.series.windows[self.series.rows[split], :-1]
        return self.model.forecast(windows.to(self.job.device)).cpu().numpy()

    def scores(self, split: str) -> dict[str, float]:
        """Root mean squared and mean absolute error in sunspots; `loss`: mean square over the series' variance."""
        error = self.forecast(split) - self.series.windows[self.series.rows[split], -1].numpy()
        square = float(np.square(error).mean())
        return {"loss": square / self.series.spread**2, "rmse": square**0.5, "mae": float(np.abs(error).mean())}

    def step_gradient_norms(self) -> list[float]:
        """How much each step of the window but the first, oldest first, adds to the gradient of the recurrent weights.

        The loss is that of the forecasts from whole windows: how far back does a network look, and what of it reaches
        the weights that all steps share? The first step multiplies them by a state of zeros: its part is none by
        construction, and left out.
        """
        model, values, target = self.model, self.windows[:, :-1], self.windows[:, -1]
        assert isinstance(model, Forecaster)

        def loss(states: Tensor) -> Tensor:
            return (model.read_out(values, states)[:, -1] - target).square().mean()

        by_step = model.recurrent.gradients_by_step(model.scaled(values), loss)
        return by_step["weight_hh"][1:].flatten(1).norm(dim=1).tolist()


def fit_autoregression(model: Autoregression, known: Tensor) -> None:
    """Fit by least squares to the values (years,), oldest first.

    Raises:
        PipelineError: there are fewer equations than unknowns.
    """
    if len(known) < 2 * model.lags + 2:
        raise PipelineError(
            f"{len(known)} years before the test are too few for an autoregression on {model.lags}: "
            "lower next_value.lags in params.yaml"
        )
    weights, constant = least_squares(known.sqrt() if model.roots else known, model.lags)
    model.load_state_dict({"sum.weight": weights.unsqueeze(0), "sum.bias": constant.unsqueeze(0)})


def least_squares(values: Tensor, lags: int) -> tuple[Tensor, Tensor]:
    """The weights (lags,), from the oldest value to the newest, and the constant () that forecast (years,) best.

    By torch, whose LAPACK gives the same bytes whichever kernels numpy's picks for the processor. The driver is
    `gelsd`: the default, `gelsy`, starts from pivots that are not set, and its last digits differ from call to call.
    """
    windows = values.unfold(0, lags + 1, 1)
    before = torch.nn.functional.pad(windows[:, :-1], (0, 1), value=1.0)  # (equations, lags + 1), the constant last
    solution = torch.linalg.lstsq(before, windows[:, -1:], driver="gelsd").solution.squeeze(1)
    return solution[:-1], solution[-1]


if __name__ == "__main__":
    main(STAGE, recipe, Sunspots)
