"""Digits as text."""

import pytest
import torch
from safetensors.torch import save_file

from pipeline.answering.predict import predict
from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.exercises.parity.answers import states
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


def test_the_state_after_each_digit_gives_the_answer_for_the_digits_so_far():
    torch.manual_seed(0)
    model = Classifier(**ARGUMENTS).eval()
    found, speaks, odd = states(model, "3090")
    assert found.shape == (4, 4) and speaks.shape == (4,)
    for step in range(1, 5):
        tokens = torch.tensor([[4, 1, 10, 1][:step]])
        alone = model(tokens, torch.tensor([step]))[0]
        assert odd[step - 1] == pytest.approx(alone.softmax(1)[0, 1].item(), abs=1e-6)
    logits = alone[0, 1] - alone[0, 0]
    assert found[-1] @ speaks == pytest.approx((logits - model.output.bias[1] + model.output.bias[0]).item(), abs=1e-5)
