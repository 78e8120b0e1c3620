"""A project with a tiny model for every command, and a way to run commands in it."""

import gc
import io
import shutil
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pipeline.cli import commands
from pipeline.core.files import write_json
from pipeline.corpora.conll2003 import CASES
from pipeline.registry import part

ENGLISH = "a quiet film stays with you dull and long . in the king is dead"
WORDS = ["<pad>", "<unk>", *ENGLISH.split()]
TARGET = ["<pad>", "<unk>", "<bos>", "<eos>", "god", "is", "love", ".", "and", "light"]
SOURCE = ["<pad>", "<unk>", "<bos>", "<eos>", "dios", "es", "amor", ".", "y", "luz"]
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
LETTERS = ["<pad>", "<unk>", *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ."]
ALPHABET = ["<unk>", *"\n .:OREMabcdeiou"]
NETWORK = {"embedding_size": 6, "hidden_size": 8, "layers": 1, "dropout": 0.1}
REVIEWS = {**NETWORK, "vocabulary": len(WORDS), "classes": 2, "bidirectional": False}
TRANSLATION = {"source_vocabulary": len(SOURCE), "target_vocabulary": len(TARGET), "embedding_size": 6,
               "hidden_size": 8, "dropout": 0.1}  # fmt: skip
MODELS = {  # name -> class, arguments, more of model.json, assets, metric, validation score of two seeds
    "sentiment/gru": ("Classifier", {**REVIEWS, "cell": "gru", "pooling": "last"}, {"max_length": 9},
                      {"vocabulary": WORDS}, "accuracy", (0.8, 0.7)),
    "pooling/attention": ("Classifier", {**REVIEWS, "cell": "lstm", "pooling": "attention"}, {"max_length": 9},
                          {"vocabulary": WORDS}, "accuracy", (0.75, 0.85)),
    "parity/rnn": ("Classifier", {**REVIEWS, "vocabulary": 11, "cell": "rnn", "pooling": "last"}, {}, {},
                   "loss", (0.1, 0.2)),
    "tagging/bi_characters_crf": ("Tagger", {"vocabulary": len(WORDS), "cases": len(CASES), "tags": len(TAGS),
                                             "vector_size": 6, "case_size": 3, "hidden_size": 8, "layers": 1,
                                             "bidirectional": True, "cell": "lstm", "dropout": 0.1,
                                             "characters": len(LETTERS), "character_size": 4, "filters": 5,
                                             "crf": True}, {"tags": TAGS, "cases": CASES},
                                  {"vocabulary": WORDS, "characters": LETTERS}, "f1", (0.9, 0.8)),
    **{f"translation/{attention}": ("Seq2Seq", {**TRANSLATION, "attention": attention},
                                    {"max_length": 7, "beam_size": 3, "source_language": "es"},
                                    {"source_vocabulary": SOURCE, "target_vocabulary": TARGET,
                                     "target_forms": {"god": "God"}}, "loss", (loss, loss))
       for attention, loss in (("none", 3.0), ("luong", 2.0), ("bahdanau", 2.5))},
    "char_lm/t16_h128": ("LanguageModel", {**NETWORK, "vocabulary": len(ALPHABET)}, {"tokens": "characters"},
                         {"characters": ALPHABET}, "loss", (1.5, 1.4)),
    "word_lm/reset": ("LanguageModel", {**NETWORK, "vocabulary": len(WORDS) + 1, "cutoffs": [8]}, {"tokens": "words"},
                      {"vocabulary": [*WORDS[:2], "<eos>", *WORDS[2:]]}, "loss", (4.5, 4.4)),
    "shared_mlp/shared": ("MLP", {"pixels": 784, "classes": 10, "hidden_size": 8, "hidden_layers": 3, "shared": True,
                                  "dropout": 0.1, "mean": 33.0, "sd": 78.0}, {}, {}, "accuracy", (0.9, 0.8)),
    "speech/layers_1": ("Recogniser", {"dimensions": 39, "classes": 3, "hidden_size": 4, "layers": 1, "cell": "lstm",
                                       "dropout": 0.1}, {"labels": ["one", "two", "three"], "mean": [0.0] * 39,
                                                         "sd": [9.0] * 39}, {}, "accuracy", (0.9, 0.8)),
    "next_value/gru": ("Forecaster", {"cell": "gru", "hidden_size": 4, "dropout": 0.0, "mean": 6.0, "sd": 3.0},
                       {"window": 8}, {}, "rmse", (11.0, 10.0)),
    "next_value/autoregression": ("Autoregression", {"lags": 3, "roots": False}, {"window": 8}, {}, "rmse",
                                  (15.0, 15.0)),
}  # fmt: skip


@pytest.fixture(scope="session")
def whole_project(tmp_path_factory):
    """What training leaves; tests that change it take a copy."""
    return make_models(tmp_path_factory.mktemp("models"), MODELS)


def make_models(root, models):
    """A project with these models, untrained, and what their training would have measured."""
    shutil.copy(Path(__file__).parents[2] / "dvc.yaml", root)  # errors name its stages
    for name, (kind, arguments, more, assets, metric, scores) in models.items():
        exercise, variant = name.split("/")
        folder = root / "models" / name
        folder.mkdir(parents=True)
        description = {"exercise": exercise, "variant": variant, "edition": "packaged", "class": kind}
        write_json(folder / "model.json", description | {"arguments": arguments} | more)
        for asset, content in assets.items():
            write_json(folder / f"{asset}.json", content)
        seeds = []
        for seed, score in enumerate(scores, start=1):
            torch.manual_seed(seed)
            model = part(exercise, "answers").NETWORKS[kind](**arguments)
            with torch.no_grad():
                for weight in model.parameters():
                    weight.mul_(3.0)  # answers that differ from text to text
            save_file(model.state_dict(), folder / f"seed_{seed}.safetensors")
            seeds.append({"seed": seed, "validation": {"loss": 1.0, metric: score}})
        test = part(exercise, "exercise").EXERCISE.stage.metric if metric == "loss" else metric
        about = {"exercise": exercise, "edition": "packaged", "metric": test, "mean": {test: 0.5}, "sd": {test: 0.25}}
        write_json(root / "metrics/train" / f"{name}.json", {**about, "seeds": seeds})
    return root


@pytest.fixture
def project(whole_project, tmp_path, monkeypatch):
    """The project, and the process in a folder of it."""
    (whole_project / "deep/down").mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(whole_project / "deep/down")
    return whole_project


@pytest.fixture
def rnn(monkeypatch, capsys):
    """Run a command as from a shell; gives exit code, output, errors."""

    def run(*arguments, stdin=b""):
        monkeypatch.setenv("OMP_NUM_THREADS", "1")  # the command sets it: not for the tests after this one
        monkeypatch.setattr(sys, "argv", ["rnn", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended, monkeypatch.context() as here:
            here.chdir(".")  # commands go to the project's root: come back
            try:
                commands.main()
            finally:
                gc.unfreeze()
                gc.enable()
        out, err = capsys.readouterr()
        code = ended.value.code
        if isinstance(code, str):  # what Python does when it exits with a message
            code, err = 1, f"{err}{code}\n"
        return code or 0, out, err

    return run
