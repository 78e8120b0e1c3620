"""A text in, more of it out."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pipeline.answering.predict import predict
from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.models.language_model import LanguageModel
from pipeline.models.ngram import counted

ARGUMENTS = {"vocabulary": 8, "embedding_size": 5, "hidden_size": 16, "layers": 1, "dropout": 0.1, "cutoffs": [5]}


def test_predictions_for_text(tmp_path):
    torch.manual_seed(0)
    save_file(LanguageModel(**ARGUMENTS).state_dict(), tmp_path / "seed_1.safetensors")
    write_json(tmp_path / "model.json", {"exercise": "char_lm", "class": "LanguageModel", "arguments": ARGUMENTS})
    write_json(tmp_path / "characters.json", ["<unk>", *"\n .aeno"])
    (row,) = predict(tmp_path, 1, ["no ZZ"])
    assert len(row["text"]) == 200 and set(row["text"]) <= set("\n .aeno")
    assert predict(tmp_path, 1, ["no ZZ"]) == [row]
    with pytest.raises(PipelineError, match="is empty"):
        predict(tmp_path, 1, [""])


def test_ngrams_answer_too(tmp_path):
    arguments = {"vocabulary": 8, "order": 3}
    read = np.array([1, 5, 6, 2] * 30)
    save_file(counted(read, **arguments), tmp_path / "seed_1.safetensors")
    write_json(tmp_path / "model.json", {"exercise": "char_lm", "class": "NGram", "arguments": arguments})
    write_json(tmp_path / "characters.json", ["<unk>", *"\n .aeno"])
    (row,) = predict(tmp_path, 1, ["Z\n"])
    assert len(row["text"]) == 200 and "\nen \nen " in row["text"]
