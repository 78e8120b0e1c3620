"""A series in, its next value out: for `rnn` and for served models."""

from pathlib import Path
from typing import Any

import torch

from pipeline.answering.numbers import numbers, shown
from pipeline.core.errors import PipelineError
from pipeline.models.forecaster import Autoregression, Forecaster, Persistence

NETWORKS = {"Forecaster": Forecaster, "Persistence": Persistence, "Autoregression": Autoregression}
OUTPUTS = {"next": "double"}
LARGEST = 1e12  # up to here a forecast with one decimal is exact in float64


def example(predictions: Path) -> str:
    """Sunspot numbers of 19 years."""
    return "10.2 15.1 47 93.8 105.9 105.5 104.5 66.6 68.9 38 34.5 15.5 12.6 27.5 92.5 155.4 154.6 140.4 115.9"


def answer(
    model: Forecaster | Persistence | Autoregression, description: dict, directory: Path, texts: list[str]
) -> list[dict[str, Any]]:
    """The value that follows each series.

    Args:
        texts: the latest values of a series, oldest first; only the window that the model learnt with is read.

    Raises:
        PipelineError: a text is something else, has too few values, or one below 0 or above `LARGEST`.
    """
    least = description["arguments"].get("lags", 1)
    results = []
    for text in texts:
        values = numbers(text)[-description["window"] :]
        if len(values) < least or min(values) < 0:
            raise PipelineError(f"a forecast needs at least {least} values, none below 0, {shown(text)} has not")
        if max(values) > LARGEST:
            raise PipelineError(f"a forecast takes values up to {LARGEST:.0e}, {shown(text)} has a larger one")
        results.append({"next": model.forecast(torch.tensor([values], dtype=torch.double)).item()})
    return results
