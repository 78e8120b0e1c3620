"""Exercise 2, a recurrent network by hand: what is set, and what varies."""

from typing import Any, Self

from pydantic import Field, model_validator

from pipeline.core.params import Positive, Rate, Training
from pipeline.core.stage import Stage

VARIANTS: dict[str, dict[str, Any]] = {
    "persistence": {"network": "persistence"},
    "autoregression": {"network": "autoregression", "roots": False},
    "autoregression_roots": {"network": "autoregression", "roots": True},
    "rnn": {"network": "recurrent", "cell": "rnn"},
    "gru": {"network": "recurrent", "cell": "gru"},
    "lstm": {"network": "recurrent", "cell": "lstm"},
}


class Settings(Training):
    hidden_size: Positive
    window: Positive = Field(description="years that a forecast is made from")
    lags: Positive = Field(description="of the autoregressions, at most `window`")
    updates_a_year: Positive = Field(description="of a network's weights before each test year")
    yearly_rate: Rate = Field(description="learning rate of these updates")

    @model_validator(mode="after")
    def _lags_within_window(self) -> Self:
        if self.lags > self.window:
            raise ValueError(f"lags ({self.lags}) must be at most window ({self.window})")
        return self


STAGE = Stage(
    name="next_value",
    description="Exercise 2: next year's sunspots, networks written by hand against persistence and autoregressions",
    settings=Settings,
    variants=VARIANTS,
    corpora=("series",),
    metric="rmse",
    curve="validation_rmse",
)
