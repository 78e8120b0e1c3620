"""Forecasts of the next value: no look ahead, the equations."""

import pytest
import torch

from pipeline.models.forecaster import Autoregression, Forecaster, Persistence


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_forecast_depends_on_the_past_alone(cell):
    torch.manual_seed(0)
    model = Forecaster(cell, 4, 0.0, 6.0, 3.0)
    values = torch.rand(3, 9, dtype=torch.double) * 100
    together = model(values)
    assert together.ge(0).all()
    for step in range(9):
        torch.testing.assert_close(model.forecast(values[:, : step + 1]), together[:, step])


def test_baselines_are_their_formulas():
    values = torch.tensor([[9.0, 4.0, 25.0], [1.0, 16.0, 0.0]], dtype=torch.double)
    assert Persistence().forecast(values).tolist() == [25.0, 0.0]
    for roots, expected in ((False, [1 + 4 + 75.0, 1 + 16.0]), (True, [(1 + 2 + 15.0) ** 2, (1 + 4.0) ** 2])):
        model = Autoregression(2, roots)
        model.sum.weight.data = torch.tensor([[1.0, 3.0]], dtype=torch.double)
        model.sum.bias.data.fill_(1.0)
        assert model.forecast(values).tolist() == expected
