"""Images as text."""

import pytest
from safetensors.torch import save_file

from pipeline.answering.predict import predict
from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.models.mlp import MLP


def test_images_as_text(tmp_path):
    arguments = {"pixels": 4, "classes": 10, "hidden_size": 3, "hidden_layers": 3, "shared": True}
    arguments |= {"dropout": 0.1, "mean": 30.0, "sd": 80.0}
    write_json(tmp_path / "model.json", {"exercise": "shared_mlp", "class": "MLP", "arguments": arguments})
    save_file(MLP(**arguments).state_dict(), tmp_path / "seed_1.safetensors")
    one, other = predict(tmp_path, 1, ["0 255 3 4", "[0, 255, 3, 4]"])
    assert one == other
    assert one["digit"] in range(10) and 0 < one["probability"] < 1
    for text in ("1 2 3", "0 0 0 256"):
        with pytest.raises(PipelineError, match="4 numbers from 0 to 255"):
            predict(tmp_path, 1, [text])
