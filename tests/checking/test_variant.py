"""A student's class is trained as a variant: tracked in MLflow as the student's, compared by the same seeds."""

import itertools
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from ruamel.yaml import YAML
from torch import nn

from pipeline.checking import variant
from pipeline.checking.runs import tracked
from pipeline.checking.train import results_in, train
from pipeline.core.errors import PipelineError
from pipeline.core.files import locked
from pipeline.core.stage import Results
from pipeline.exercises.pooling.worksheet.training import Theirs
from pipeline.registry import exercises
from tests.exercises.conftest import SHIPPED, SMALL
from tests.exercises.made_up import imdb
from tools.worksheets import solutions

SOLUTION = solutions()["pooling"].read_text(encoding="utf-8")
POOLING = exercises()["pooling"]
REFERENCE = Results.of("pooling", "attention")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Made-up reviews, small settings, a student's file, and a reference that is what the right solution gives."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    imdb()
    params = YAML(typ="safe").load(SHIPPED.read_text(encoding="utf-8"))
    params |= {"seeds": [1, 2], "more_seeds": [], "precision": "fp32"}
    params["pooling"] |= {name: value for name, value in SMALL.items() if name in params["pooling"]}
    with Path("params.yaml").open("w", encoding="utf-8") as stream:
        YAML(typ="safe").dump(params, stream)
    file = tmp_path / "mine.py"
    file.write_text(SOLUTION, encoding="utf-8")
    train("pooling", file, tmp_path / "reference", [1, 2])
    made = results_in(tmp_path / "reference")
    for name in ("attention", "last"):
        there = Results.of("pooling", name)
        for part in ("predictions", "timing"):
            getattr(there, part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(getattr(made, part), getattr(there, part))
    return file


def runs():
    client = MlflowClient(f"sqlite:///{Path.cwd() / 'mlflow.db'}")
    return client.search_runs([client.get_experiment_by_name("pooling").experiment_id])


def test_it_is_trained_tracked_and_compared(project):
    before = {path: path.read_bytes() for path in REFERENCE if path.exists()}
    lines = variant.train(POOLING, project, None)
    # the very same class with the same seeds gives the same predictions, byte for byte
    assert lines == [f"mine and {name} score alike on every test example" for name in ("attention", "last")]
    assert {path: path.read_bytes() for path in REFERENCE if path.exists()} == before and not REFERENCE.metrics.exists()
    kept = {path.name for path in (variant.FOLDERS / "pooling/mine").iterdir()}
    assert kept == {path.name for path in results_in(Path()) if path.suffix}  # no models, no checkpoints
    found = {run.info.run_name: run for run in runs()}
    assert set(found) == {"mine (student)", "mine (student), seed 1", "mine (student), seed 2"}
    for run in found.values():
        assert run.info.status == "FINISHED" and "test/accuracy" in run.data.metrics
        assert run.data.tags["level"].startswith("student") and "dvc.stage" not in run.data.tags
    assert found["mine (student), seed 2"].data.params["hidden_size"] == str(SMALL["hidden_size"])
    assert "score alike" in found["mine (student)"].data.tags["mlflow.note.content"]


def test_what_fails_in_training_is_told_and_the_run_has_failed(project, capfd):
    project.write_text(SOLUTION.replace("return (weights * states).sum(1)", "raise ValueError('no\\nidea')"))
    with pytest.raises(PipelineError, match="training failed"):
        variant.train(POOLING, project, 1)
    error = capfd.readouterr().err
    line = 1 + SOLUTION.splitlines().index("        return (weights * states).sum(1)")
    assert f"error: training ended: mine.py line {line}: ValueError: no idea" in error and "Traceback" not in error
    assert [run.info.status for run in runs()] == ["FAILED"]


@pytest.mark.parametrize("call", ["log_artifact", "log_batch"])
@pytest.mark.parametrize("nth", [1, 2])
def test_no_run_stays_open_where_the_store_fails(project, monkeypatch, call, nth):
    does, calls = getattr(MlflowClient, call), itertools.count(1)

    def fails(*given, **named):
        if next(calls) >= nth:  # a run of another test may still log its system metrics
            raise MlflowException("the disk is full")
        return does(*given, **named)

    monkeypatch.setattr(MlflowClient, call, fails)
    with (
        pytest.raises(PipelineError, match="takes no run: the disk is full"),
        tracked("pooling", project, {"size": 3}) as run,
    ):
        run.log(results_in(Path("reference")))
    assert [run.info.status for run in runs() if run.info.status != "FINISHED"]
    assert not [run for run in runs() if run.info.status == "RUNNING"]


def test_what_fails_leaves_the_results_before_and_nothing_else(project):
    before = variant.FOLDERS / "pooling/mine/metrics.json"
    before.parent.mkdir(parents=True)
    before.write_text("{}")
    project.write_text(SOLUTION.replace("return (weights * states).sum(1)", "raise ValueError"))
    with pytest.raises(PipelineError, match="training failed"):
        variant.train(POOLING, project, 1)
    assert before.read_text() == "{}" and [path.name for path in before.parent.iterdir()] == ["metrics.json"]
    assert not list(variant.FOLDERS.rglob("seed_*")) and not list(variant.FOLDERS.rglob("*.tmp"))


def test_advice_for_the_projects_own_training_is_not_given(project, capfd):
    project.write_text(SOLUTION.replace("return (weights * states).sum(1)", "return states.sum(1) * float('nan')"))
    with pytest.raises(PipelineError, match="training failed"):
        variant.train(POOLING, project, 1)
    error = capfd.readouterr().err
    assert "error: training ended: seed 1, epoch 1: training diverged (" in error and "params.yaml" not in error


def test_the_runs_of_an_interrupted_training_are_closed(project, monkeypatch):
    def interrupts(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(variant, "run", interrupts)
    with pytest.raises(KeyboardInterrupt):
        variant.train(POOLING, project, 1)
    assert [run.info.status for run in runs()] == ["FAILED"]


def test_a_file_is_trained_by_one_command_at_a_time(project):
    with locked(variant.FOLDERS / "pooling/.mine.lock"), pytest.raises(PipelineError, match="by another command"):
        variant.train(POOLING, project, 1)
    assert not Path("mlflow.db").exists()


def test_other_seeds_are_told_before_training(project):
    params = YAML(typ="safe").load(Path("params.yaml"))
    YAML(typ="safe").dump(params | {"seeds": [1, 3]}, Path("params.yaml"))
    with pytest.raises(PipelineError, match="pooling/attention was trained with other seeds: run `dvc repro pooling@"):
        variant.train(POOLING, project, None)
    assert not Path("runs").exists()


def test_without_a_reference_nothing_is_trained(project):
    Results.of("pooling", "last").predictions.unlink()
    with pytest.raises(PipelineError, match="last.parquet is missing: run `dvc repro pooling@last`"):
        variant.train(POOLING, project, 1)
    assert not Path("mlflow.db").exists() and not Path("runs").exists()


def test_an_exercise_without_training_says_so(project):
    with pytest.raises(PipelineError, match="the worksheet of exercise 0 has nothing to train"):
        variant.train(exercises()["parity"], project, None)


def test_what_the_student_makes_stands_where_the_states_are(monkeypatch):
    """On a GPU; any device but the processor shows it, and `meta` is in every machine."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())  # which does not know `meta`

    class Masked(nn.Module):
        def forward(self, states, lengths):
            mask = torch.arange(states.shape[1]) < lengths.unsqueeze(1)
            return (states * mask.unsqueeze(2)).sum(1)

    states, lengths = torch.empty(2, 3, 4, device="meta"), torch.ones(2, dtype=torch.int64, device="meta")
    with pytest.raises(RuntimeError, match="on device meta is not on the expected device cpu"):
        Masked()(states, lengths)
    pooled, _ = Theirs(Masked())(states, lengths, states[:, -1])
    assert pooled.shape == (2, 4) and pooled.device == states.device
