"""Forecasts of the next value: no look ahead, the equations, and text in, one row out."""

import json

import pytest
import torch
from safetensors.torch import save_file

from pipeline.answering.predict import predict
from pipeline.core.errors import PipelineError
from pipeline.models.forecaster import Autoregression, Forecaster, Persistence
from pipeline.models.mlp import MLP


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


def save(directory, model, arguments, **more):
    description = {"exercise": "any", "class": type(model).__name__, "arguments": arguments, **more}
    (directory / "model.json").write_text(json.dumps(description))
    save_file(model.state_dict(), directory / "seed_1.safetensors")


def test_series_as_text(tmp_path):
    arguments = {"cell": "gru", "hidden_size": 4, "dropout": 0.0, "mean": 6.0, "sd": 3.0}
    model = Forecaster(**arguments)
    save(tmp_path, model, arguments, window=3)
    rows = predict(tmp_path, 1, ["7 5.5 10 20", "[5.5, 10, 20]"])
    expected = model.forecast(torch.tensor([[5.5, 10.0, 20.0]], dtype=torch.double)).item()
    assert rows == [{"next": expected}, {"next": expected}]
    for text in ("", "ten", "1 -2", "1 nan", '["a"]', "[[1]]"):
        with pytest.raises(PipelineError):
            predict(tmp_path, 1, [text])


def test_a_model_without_weights_and_one_that_needs_more_values(tmp_path):
    save(tmp_path, Persistence(), {}, window=3)
    assert predict(tmp_path, 1, ["1 2"]) == [{"next": 2.0}]
    save(tmp_path, Autoregression(3, True), {"lags": 3, "roots": True}, window=3)
    with pytest.raises(PipelineError, match="at least 3 values"):
        predict(tmp_path, 1, ["1 2"])


def test_images_as_text(tmp_path):
    arguments = {"pixels": 4, "classes": 10, "hidden_size": 3, "hidden_layers": 3, "shared": True}
    arguments |= {"dropout": 0.1, "mean": 30.0, "sd": 80.0}
    save(tmp_path, MLP(**arguments), arguments)
    one, other = predict(tmp_path, 1, ["0 255 3 4", "[0, 255, 3, 4]"])
    assert one == other
    assert one["digit"] in range(10) and 0 < one["probability"] < 1
    for text in ("1 2 3", "0 0 0 256"):
        with pytest.raises(PipelineError, match="4 numbers from 0 to 255"):
            predict(tmp_path, 1, [text])
