"""Digits as text."""

import pytest
import torch
from safetensors.torch import save_file

from pipeline.answering.predict import predict
from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.exercises.parity.stage import VARIANTS
from pipeline.models.classifier import Classifier

ARGUMENTS = {
    "vocabulary": 11, "classes": 2, "embedding_size": 4, "hidden_size": 4, **VARIANTS["gru"], "pooling": "last",
    "dropout": 0.1,
}  # fmt: skip


def test_digits_as_text(tmp_path):
    torch.manual_seed(0)
    model = Classifier(**ARGUMENTS).eval()
    save_file(model.state_dict(), tmp_path / "seed_1.safetensors")
    write_json(tmp_path / "model.json", {"exercise": "parity", "class": "Classifier", "arguments": ARGUMENTS})
    (answer,) = predict(tmp_path, 1, [" 3090\n"])
    odd = model(torch.tensor([[4, 1, 10, 1]]), torch.tensor([4]))[0].softmax(1)[0, 1].item()
    assert answer["parity"] == ("odd" if odd > 0.5 else "even")
    assert answer["probability"] == pytest.approx(max(odd, 1 - odd))
    for text in ("", "12a", "-1", "1 2", "٣"):
        with pytest.raises(PipelineError, match="not a sequence of digits"):
            predict(tmp_path, 1, [text])
