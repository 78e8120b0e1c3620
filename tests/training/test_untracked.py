"""Tracking changes no output."""

import shutil
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from pipeline.core.files import write_json, write_text
from pipeline.corpora.prepared.columns import lists
from pipeline.corpora.prepared.tables import Ragged, write_table
from pipeline.exercises.parity.stage import LENGTHS, STAGE, Settings
from pipeline.exercises.parity.train import DATA, FAR, Parity, recipe
from pipeline.tracking.log_model import REQUIREMENTS
from pipeline.training import run as training

SETTINGS = Settings(
    epochs=1, patience=1, batch_size=16, learning_rate=0.01, weight_decay=0.0, clip_norm=1.0, dropout=0.1,
    embedding_size=4, hidden_size=4, epoch_size=48,
)  # fmt: skip

NO_TRACKING = SimpleNamespace(finish=lambda results: None)


def make_project() -> None:
    """Few sequences, and what a training reads besides."""
    draw = np.random.default_rng(0)
    for split in ("train", "validation", FAR, *(f"test_{length}" for length in LENGTHS)):
        lengths = np.arange(1, 21)
        digits = Ragged.of(draw.integers(0, 10, size=lengths.sum(), dtype=np.int8), lengths)
        label = pa.array([int(digits[row].sum()) % 2 for row in range(len(digits))], pa.int8())
        write_table(DATA / f"{split}.arrow", {"digits": lists(digits), "label": label})
    write_json(DATA / "meta.json", {"edition": "generated"})
    shared = {"seeds": [1, 2], "more_seeds": [], "precision": "fp32"}
    write_json(Path("params.yaml"), {**shared, "parity": SETTINGS.model_dump()})
    write_text(Path("numerics.lock"), "torch==1.2.3\n")
    write_text(Path("requirements.lock"), "".join(f"{name}==1.2.3\n" for name in REQUIREMENTS))


def train() -> dict[str, bytes]:
    """Everything that the stage writes but its times."""
    training.run(STAGE, "lstm", SETTINGS, recipe("lstm", SETTINGS), Parity)
    files = [file for folder in ("models", "metrics", "data/predictions") for file in Path(folder).rglob("*")]
    return {str(file): file.read_bytes() for file in files if file.is_file() and "timing" not in file.parts}


def test_outputs_are_the_same_bytes_with_tracking_and_without(tmp_path, empty_store, monkeypatch, capfd):
    from mlflow import MlflowClient

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    found = []
    for name in ("tracked", "untracked"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        make_project()
        if name == "tracked":
            shutil.copy(empty_store, "mlflow.db")
        else:
            monkeypatch.setattr(training, "track", lambda *arguments: nullcontext(NO_TRACKING))
        found.append(train())
    tracked, untracked = found
    assert len(tracked) == 6  # two seeds' weights, model.json, predictions, scores and history
    assert tracked == untracked

    client = MlflowClient(f"sqlite:///{tmp_path}/tracked/mlflow.db")
    runs = client.search_runs([client.get_experiment_by_name("parity").experiment_id])
    assert [run.info.status for run in runs] == ["FINISHED"] * 3  # the parent and a child a seed
    assert sum(bool(run.outputs and run.outputs.model_outputs) for run in runs) == 1
    assert "incomplete" not in capfd.readouterr().err
    assert not (tmp_path / "untracked/mlflow.db").exists()
