"""Which version of an exercise's registered model is the champion."""

import shutil
from types import SimpleNamespace

import pytest

from pipeline.exercises.word_lm.exercise import EXERCISE
from pipeline.tracking.register import DATA, SCORE, best_version, crown


def version(number, variant, score, data="data"):
    return SimpleNamespace(version=number, tags={"variant": variant, SCORE: repr(score), DATA: data})


@pytest.mark.parametrize(
    ("versions", "best"),
    [
        ([], None),
        ([version("9", "carried", -0.3), version("10", "carried", -0.1), version("11", "reset", -0.2)], "10"),
        (
            [version("1", "carried", -0.1), version("2", "carried", -0.3), version("3", "reset", -0.2)],
            "3",
        ),  # the latest counts
        ([version("1", "reset", -0.2), version("2", "carried", -0.2)], "2"),
        ([version("1", "reset", -0.1, "other data"), version("2", "carried", -0.2)], "2"),
        ([version("1", "carried", -0.2), version("2", "ngram", -0.1)], "1"),  # not judged by validation
        ([version("1", "carried", -0.2), version("2", "gone", -0.1)], "1"),  # not declared
        ([SimpleNamespace(version="1", tags={"variant": "carried"})], None),
    ],
)
def test_the_champion_is_the_best_of_the_latest_on_the_same_data(versions, best):
    for order in (versions, reversed(versions)):
        found = best_version(order, EXERCISE)
        assert (found and found.version) == best


def test_a_stage_that_writes_late_does_not_dethrone_a_better_one(project, empty_store, monkeypatch):
    """It read the versions before the better one was there, and sets the alias after that one's stage did."""
    from mlflow import MlflowClient

    shutil.copy(empty_store, "mlflow.db")
    client = MlflowClient(uri := f"sqlite:///{project}/mlflow.db", uri)
    client.create_registered_model(EXERCISE.name)

    def publish(variant, score):
        tags = {"variant": variant, SCORE: repr(score), DATA: "data"}
        client.create_model_version(EXERCISE.name, f"file://{project}/{variant}", tags=tags)

    write = MlflowClient.set_registered_model_alias

    def late(self, *arguments):
        monkeypatch.setattr(MlflowClient, "set_registered_model_alias", write)
        publish("carried", -0.1)
        crown(client, EXERCISE)
        write(self, *arguments)

    publish("reset", -0.2)
    monkeypatch.setattr(MlflowClient, "set_registered_model_alias", late)
    crown(client, EXERCISE)
    assert client.get_model_version_by_alias(EXERCISE.name, "champion").tags["variant"] == "carried"
