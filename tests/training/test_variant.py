"""What befalls a seed's training is said in one line; a checkpoint is continued under the code that its stage reads."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml
from pipeline.training.variant import Outcome, _train, run_variant
from torch.nn.functional import cross_entropy

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.core.params import Training
from pipeline.training import fingerprint, kept
from pipeline.training.fingerprint import code_of
from pipeline.training.loop import Job, fit
from tests.tracking.tracked_project import runs_of, write_lock


def train(act):
    return _train(act, Job(5, Path(), torch.device("cpu"), "fp32"))


def test_a_model_too_large_for_the_memory_is_one_line():
    with pytest.raises(PipelineError, match="seed 5: memory is short .*; lower batch_size or hidden_size") as error:
        train(lambda job: torch.nn.LSTM(64, 2**30))
    assert "\n" not in str(error.value)


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        train(lambda job: torch.zeros(2, 3) @ torch.zeros(2, 3))


ROOT = Path(__file__).parents[2]


def test_the_code_is_that_in_dvc_yaml(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint, "GRAPH", ROOT / "dvc.yaml")
    files = {file.relative_to(ROOT).as_posix() for file in code_of("sentiment", "lstm")}
    assert {"pipeline/exercises/sentiment/train.py", "pipeline/training/loop.py"} <= files
    assert not files & {"pipeline/cli/lines.py", "pipeline/report/report.py", "pipeline/exercises/parity/train.py"}
    deps = ["data/raw/x", "pipeline/exercises/${item.variant}.py"]
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"next": {"deps": deps}}}))
    monkeypatch.setattr(fingerprint, "GRAPH", tmp_path / "dvc.yaml")
    assert code_of("next", "parity") == [ROOT / "pipeline/exercises/parity/train.py"]


@pytest.mark.parametrize("graph", [None, "stages: {}", "stages: [", "", "stages: {parity: {deps: [pipeline/gone.py]}}"])
def test_without_a_usable_dvc_yaml_it_is_all_code(tmp_path, monkeypatch, graph):
    monkeypatch.setattr(fingerprint, "GRAPH", tmp_path / "dvc.yaml")
    if graph is not None:
        (tmp_path / "dvc.yaml").write_text(graph)
    assert set(code_of("parity", "lstm")) == set((ROOT / "pipeline").rglob("*.py"))


TWO_EPOCHS = Training(
    epochs=2, patience=2, batch_size=4, learning_rate=0.1, weight_decay=0.0, clip_norm=1.0, dropout=0.0
)


def train_line(job):
    """Two epochs of logistic regression."""
    inputs = torch.linspace(-1, 1, 8)[:, None]
    labels = (inputs[:, 0] > 0).long()
    model = torch.nn.Linear(1, 2)

    def loss(batch):
        return cross_entropy(model(inputs[batch]), labels[batch], reduction="sum"), len(batch), len(batch)

    def validate():
        return {"loss": cross_entropy(model(inputs), labels).item(), "accuracy": 0.5}

    def batches(generator):
        return [generator.permutation(8)]

    done = fit(model, batches, loss, validate, TWO_EPOCHS, "accuracy", job)
    return Outcome(done, model, {"accuracy": 0.5}, {"label": [0, 1]})


def test_a_training_that_dvc_did_not_record_is_not_repeated(project, empty_store, monkeypatch, capfd):
    """DVC died and the stage lived on: the next time its outputs, which DVC removed, are written again."""
    shutil.copy(empty_store, "mlflow.db")
    Path("numerics.lock").write_text("torch")
    params = SimpleNamespace(seeds=[1, 2], precision="fp32", sentiment=TWO_EPOCHS)
    weights = Path("models/sentiment/lstm/seed_2.safetensors")
    place = kept.CHECKPOINTS / "sentiment/lstm"

    def run():
        """How many epochs it trains."""
        description = {"class": "Classifier", "arguments": {}}
        run_variant(
            "sentiment", "lstm", metric="accuracy", params=params, corpora=["imdb"], train=train_line,
            description=description, assets={},
        )  # fmt: skip
        return capfd.readouterr().out.count("epoch ")

    monkeypatch.setenv("DVC_STAGE", "sentiment@lstm")
    (place / "of other settings").mkdir(parents=True)
    assert run() == 4
    assert len([*place.iterdir()]) == 1
    assert read_json(Path("models/sentiment/lstm/model.json"))["settings"] == TWO_EPOCHS.model_dump()
    before = weights.read_bytes()
    shutil.rmtree("models")
    assert run() == 0 and weights.read_bytes() == before
    uri = f"sqlite:///{project}/mlflow.db"
    assert [run.info.status for run in runs_of(uri).parents] == ["FINISHED"]
    write_lock(Path())
    assert run() == 4 and weights.read_bytes() == before  # `dvc repro --force`
    assert [run.info.status for run in runs_of(uri).parents] == ["FINISHED"] * 2
    write_lock(Path())
    monkeypatch.delenv("DVC_STAGE")
    for _ in range(2):  # by hand, nobody records anything
        assert run() == 4
        assert not place.exists() and not kept.note_of("sentiment", "lstm").exists()
