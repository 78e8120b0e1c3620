"""Exercise 2: next year's sunspots from those of the years before. Recurrent networks written by hand, against the
persistence forecast and autoregressions.

    python -m pipeline.exercises.next_value.train {persistence,autoregression,autoregression_roots,rnn,gru,lstm}

The last fifth of the years is the test, the last fifth of those before it the validation. Every model learns from the
years before the validation, on which the networks' best epoch is chosen. In the test each year is forecast by a model
that has learnt from all years before it (a rolling origin): an autoregression is fitted anew before each year; a
network goes on learning from its last weights, a few updates a year, from the first validation year on. The networks
read square roots: `autoregression_roots` is their equal in that, `autoregression` the textbook's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

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
        return self.loss_of(self.windows[batch])

    def loss_of(self, windows: Tensor) -> Loss:
        """The loss of the forecasts within windows (batch, window + 1)."""
        early = self.settings.window // 3  # forecasts from so few years are not what the network is for
        error = (self.model(windows[:, :-1]) - windows[:, 1:])[:, early:] / self.series.spread
        return Loss(error.square().sum(), error.numel(), len(windows) * self.settings.window)

    def validate(self) -> dict[str, float]:
        return self.scores("validation")

    def train(self) -> Fit:
        return super().train() if isinstance(self.model, Forecaster) else self.fit_baseline(self.model)

    def fit_baseline(self, model: Persistence | Autoregression) -> Fit:
        """Fit an autoregression by least squares, or nothing for persistence, to the years that networks train on."""
        rows = self.series.rows["train"].stop

        def fit() -> float:
            if isinstance(model, Autoregression):
                fit_autoregression(model, self.before(rows))
            return self.scores("train")["loss"]

        return self.fit_at_once(fit, len(self.before(rows)))

    def before(self, row: int) -> Tensor:
        """All values (years,) before the year that a row of the windows forecasts."""
        return torch.cat([self.series.windows[0, :-1], self.series.windows[:row, -1]])

    def test(self) -> Tested:
        fixed = self.scores("test")
        more = {"step_gradient_norms": self.step_gradient_norms()} if isinstance(self.model, Forecaster) else {}
        test = self.series.rows["test"]
        predicted = self.rolled()
        values = self.series.windows[test, -1].numpy()
        predictions = {"year": self.series.years[test], "value": values, "prediction": predicted}
        return Tested(self.errors(predicted, "test") | {"fixed_rmse": fixed["rmse"]} | more, predictions)

    def rolled(self) -> np.ndarray:
        """Each test year (years,) from a model that has learnt from all years before it; leaves the last such model."""
        model, windows, test = self.model, self.series.windows.to(self.job.device), self.series.rows["test"].start
        learner = self.learner(model) if isinstance(model, Forecaster) else None
        forecasts = []
        for row in range(self.series.rows["validation"].start + 1, len(windows)):
            if learner is not None:
                learner(row)
            elif isinstance(model, Autoregression) and row >= test:
                fit_autoregression(model, self.before(row))
            if row >= test:
                with torch.inference_mode():
                    forecasts.append(model.forecast(windows[row : row + 1, :-1]).item())
        return np.array(forecasts)

    def learner(self, model: Forecaster) -> Callable[[int], None]:
        """A function that learns some more from the windows before a row, drawn at random."""
        settings, parameters = self.settings, list(model.parameters())
        optimizer = torch.optim.AdamW(
            parameters, lr=settings.yearly_rate, weight_decay=settings.weight_decay, fused=True
        )
        generator = np.random.default_rng([self.job.seed, 0])
        torch.manual_seed(self.job.seed)
        windows = self.series.windows.to(self.job.device)

        def learn(row: int) -> None:
            model.train()
            for _ in range(settings.updates_a_year):
                optimizer.zero_grad(set_to_none=True)
                loss = self.loss_of(windows[generator.choice(row, min(row, settings.batch_size), replace=False)])
                (loss.summed / loss.terms).backward()
                nn.utils.clip_grad_norm_(parameters, settings.clip_norm)
                optimizer.step()
            model.eval()

        return learn

    def scores(self, split: str) -> dict[str, float]:
        """Errors of the forecasts one year ahead, from the true values of the years before, without learning more."""
        windows = self.series.windows[self.series.rows[split], :-1]
        with torch.inference_mode():
            return self.errors(self.model.forecast(windows.to(self.job.device)).cpu().numpy(), split)

    def errors(self, predicted: np.ndarray, split: str) -> dict[str, float]:
        """Root mean squared and mean absolute error in sunspots; `loss`: mean square over the series' variance."""
        error = predicted - self.series.windows[self.series.rows[split], -1].numpy()
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
            f"{len(known)} years to learn from are too few for an autoregression on {model.lags}: "
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
