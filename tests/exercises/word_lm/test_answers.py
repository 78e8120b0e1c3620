"""Lines as text, the next word out."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pipeline.answering.predict import predict
from pipeline.core.files import write_json
from pipeline.models.language_model import LanguageModel
from pipeline.models.ngram import counted

ARGUMENTS = {"vocabulary": 8, "embedding_size": 5, "hidden_size": 16, "layers": 1, "dropout": 0.1, "cutoffs": [5]}
WORDS = ["<pad>", "<unk>", "<eos>", "the", "king", "is", "dead", "."]


def test_predictions_for_text(tmp_path):
    torch.manual_seed(0)
    model = LanguageModel(**ARGUMENTS).eval()
    save_file(model.state_dict(), tmp_path / "seed_1.safetensors")
    write_json(tmp_path / "model.json", {"exercise": "word_lm", "class": "LanguageModel", "arguments": ARGUMENTS})
    write_json(tmp_path / "vocabulary.json", WORDS)
    both = predict(tmp_path, 1, ["The king", "dead"])
    assert both == [pytest.approx(predict(tmp_path, 1, [text])[0]) for text in ("The king", "dead")]
    with torch.inference_mode():
        logs = model.log_probabilities(model(torch.tensor([[2, 3, 4]]))[0][:, -1])[0]
    assert both[0] == {"next": WORDS[3 + logs[3:].argmax()], "probability": pytest.approx(logs[3:].max().exp().item())}


def test_ngrams_answer_too(tmp_path):
    arguments = {"vocabulary": 8, "order": 3}
    save_file(counted(np.array([2, 3, 4, 5, 6, 7] * 30), **arguments), tmp_path / "seed_1.safetensors")
    write_json(tmp_path / "model.json", {"exercise": "word_lm", "class": "NGram", "arguments": arguments})
    write_json(tmp_path / "vocabulary.json", WORDS)
    rows = predict(tmp_path, 1, ["The king is", "The"])
    assert [row["next"] for row in rows] == ["dead", "king"] and rows[0]["probability"] > 0.9
