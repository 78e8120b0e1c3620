"""Series as text."""

import json

import pytest
import torch
from safetensors.torch import save_file

from pipeline.answering.predict import predict
from pipeline.core.errors import PipelineError
from pipeline.models.forecaster import Autoregression, Forecaster, Persistence


def save(directory, model, arguments, **more):
    description = {"exercise": "next_value", "class": type(model).__name__, "arguments": arguments, **more}
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
