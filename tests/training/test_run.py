"""What the training of a variant leaves behind, and that a training that is done is not repeated."""

import csv
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from safetensors.numpy import load_file

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.core.params import Training
from pipeline.core.stage import Results, Stage, extra_of
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.models.classifier import Classifier
from pipeline.training import kept
from pipeline.training.run import pick, run
from pipeline.training.task import Recipe
from tests.tracking.tracked_project import runs_of, write_lock
from tests.training.line import RECIPE, SETTINGS, Line

STAGE = Stage(
    "sentiment", "", Training, {"lstm": {}}, ("imdb",), metric="accuracy", curve="validation_accuracy", extra="seen"
)
RESULTS = Results.of("sentiment", "lstm")


class Named(Line):
    """Trains a line, and has the name and the files of a classifier."""

    def build(self):
        return RECIPE.network(**RECIPE.arguments)


class Meanwhile(Named):
    """Trains while somebody edits a setting."""

    def train(self):
        write_params(SETTINGS.model_dump() | {"learning_rate": 0.5})
        return super().train()


class Elsewhere(Named):
    """Trains while somebody takes other data."""

    def train(self):
        (PREPARED / "imdb/meta.json").write_text(json.dumps({"edition": "packaged", "limit": 3}))
        return super().train()


@pytest.fixture
def train(project, empty_store, monkeypatch):
    """Run the stage in a project with two seeds, as DVC does."""
    shutil.copy(empty_store, "mlflow.db")
    Path("numerics.lock").write_text("torch")
    write_params(SETTINGS.model_dump())
    monkeypatch.setenv("DVC_STAGE", "sentiment@lstm")
    recipe = Recipe(SETTINGS, Classifier, {}, {"max_length": 8}, {"vocabulary.json": ["film"]}, {"labels": ["a", "b"]})
    return lambda task=Named: run(STAGE, "lstm", SETTINGS, recipe, task)


def write_params(settings):
    shared = {"seeds": [1, 2], "more_seeds": [7], "precision": "fp32"}
    Path("params.yaml").write_text(yaml.safe_dump({**shared, "sentiment": settings}))


def test_what_a_training_leaves_behind(train):
    train()
    about = read_json(RESULTS.models / "model.json")
    assert about == {
        "exercise": "sentiment", "variant": "lstm", "edition": "packaged", "corpus": "imdb",
        "settings": SETTINGS.model_dump(), "class": "Classifier", "arguments": {}, "max_length": 8,
    }  # fmt: skip
    assert read_json(RESULTS.models / "vocabulary.json") == ["film"]
    assert {name: value.shape for name, value in load_file(RESULTS.models / "seed_2.safetensors").items()} == {
        "weight": (2, 1),
        "bias": (2,),
    }
    predictions = pq.read_table(RESULTS.predictions)
    columns = {"seed": [1, 1, 2, 2], "example": [0, 1, 0, 1], "label": [0, 1, 0, 1]}
    assert predictions.to_pydict() == columns
    assert json.loads(predictions.schema.metadata[b"labels"]) == ["a", "b"]
    rows = list(csv.DictReader(RESULTS.history.read_text().splitlines()))
    assert [(row["seed"], row["epoch"]) for row in rows] == [("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")]
    summary = read_json(RESULTS.metrics)
    assert (summary["metric"], summary["mean"], summary["sd"]) == ("accuracy", {"accuracy": 0.5}, {"accuracy": 0.0})
    for record, row in zip(summary["seeds"], (rows[:2], rows[2:]), strict=True):
        best = row[record["best_epoch"] - 1]
        assert record["validation"]["accuracy"] == max(float(other["validation_accuracy"]) for other in row)
        assert record["validation"]["loss"] == float(best["validation_loss"])
    assert read_json(extra_of("seen", "sentiment", "lstm")) == {"seed": 1}
    assert [seed["seed"] for seed in read_json(RESULTS.timing)["seeds"]] == [1, 2]
    assert not {"seconds", "tokens_per_second"} & set(json.dumps([summary, about]).split('"'))  # no clock in the rest


@pytest.mark.parametrize("task", [Meanwhile, Elsewhere])
def test_what_is_trained_on_must_be_there_at_the_end(train, task):
    """Of a stage that succeeds, DVC records what params.yaml, code and data hold when it ends."""
    with pytest.raises(PipelineError, match="sentiment@lstm changed while it trained.*run `dvc repro` again"):
        train(task)
    write_params(SETTINGS.model_dump())
    train()


def test_a_training_that_dvc_did_not_record_is_not_repeated(train, project, monkeypatch, capfd):
    """DVC died and the stage lived on: the next time its outputs, which DVC removed, are written again."""
    weights = Path("models/sentiment/lstm/seed_2.safetensors")
    place = kept.CHECKPOINTS / "sentiment/lstm"

    def run():
        """How many epochs it trains."""
        train()
        return capfd.readouterr().out.count("epoch ")

    (place / "of other settings").mkdir(parents=True)
    assert run() == 4
    assert len([*place.iterdir()]) == 1
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


@pytest.mark.parametrize("arguments", [["x"], ["x", "gru"], ["x", "lstm", "more"]])
def test_the_variant_is_named(arguments):
    assert pick(["x", "lstm"], ("lstm", "rnn")) == "lstm"
    with pytest.raises(PipelineError, match="name one variant: lstm, rnn"):
        pick(arguments, ("lstm", "rnn"))
