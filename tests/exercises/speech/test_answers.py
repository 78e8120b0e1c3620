"""Cepstra as text."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pipeline.answering.predict import predict
from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.corpora.audio import with_deltas
from pipeline.models.recogniser import Recogniser


def test_cepstra_as_text(tmp_path):
    torch.manual_seed(0)
    model = Recogniser(39, 3, 4, 2, "lstm", 0.0).eval()
    save_file(model.state_dict(), tmp_path / "seed_1.safetensors")
    arguments = {"dimensions": 39, "classes": 3, "hidden_size": 4, "layers": 2, "cell": "lstm", "dropout": 0.0}
    facts = {"labels": ["yes", "no", "go"], "mean": [2.0] * 39, "sd": [3.0] * 39}
    write_json(tmp_path / "model.json", {"exercise": "speech", "class": "Recogniser", "arguments": arguments} | facts)
    cepstra = np.random.default_rng(0).normal(size=(5, 13)).round(2)
    (answer,) = predict(tmp_path, 1, [json.dumps(cepstra.tolist())])
    features = (with_deltas(cepstra.astype(np.float32)) - 2) / 3
    expected = model(torch.from_numpy(features)[None].float(), torch.tensor([5]))[0].softmax(1)[0]
    assert answer["word"] == facts["labels"][expected.argmax()]
    assert answer["probability"] == pytest.approx(expected.max().item(), abs=1e-6)
    for text in ("", "six", "[]", "[[1, 2]]", '[["a"]]', "[1, 2]", f"[{[float('nan')] * 13}]", "[[1], [2, 3]]", "{}"):
        with pytest.raises(PipelineError, match="not a JSON array of frames of 13 numbers"):
            predict(tmp_path, 1, [text])
