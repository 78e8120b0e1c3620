"""What a tracked variant leaves in a real SQLite store."""

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stderr, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.core.files import write_json
from pipeline.core.lock import file_md5
from pipeline.registry import exercises
from pipeline.tracking import live_curves
from pipeline.tracking import track as tracking
from pipeline.tracking.overview import description
from pipeline.tracking.provenance import git_tags
from tests.tracking.tracked_project import (
    IMDB_HASH,
    RESULTS,
    append,
    line,
    make_project,
    progress,
    runs_of,
    start,
    steps,
)


@pytest.fixture(scope="module")
def tracked(tmp_path_factory, empty_store) -> Iterator[SimpleNamespace]:
    """A finished variant. Seed 1's file holds epochs 2 to 4, as after an interruption; seed 2's appears late."""
    root = tmp_path_factory.mktemp("project")
    make_project(root)
    shutil.copy(empty_store, root / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setattr(live_curves, "INTERVAL", 0.1)
        patch.setattr(tracking, "SAMPLING", 0.2)
        first, second = progress().values()
        with redirect_stderr(io.StringIO()) as warnings, start() as runs:
            append(first, line(2) + line(3)[:20])  # half a line
            time.sleep(0.4)
            append(first, line(3)[20:])
            append(second, line(1) + line(2))
            time.sleep(0.4)
            live = runs_of(f"sqlite:///{root}/mlflow.db")
            live_steps = {seed: steps(live.client, run) for seed, run in live.children.items()}
            append(first, line(4))
            append(second, line(3) + line(4))
            runs.finish(RESULTS)
        found = runs_of(f"sqlite:///{root}/mlflow.db")
        found.root, found.warnings = root, warnings.getvalue()
        found.live_steps, found.live_status = live_steps, live.parent.info.status
        yield found


def test_one_experiment_one_parent_and_a_child_a_seed(tracked):
    assert tracked.experiment.artifact_location == (tracked.root / "mlartifacts/sentiment").as_uri()
    assert [run.info.run_name for run in tracked.parents] == ["lstm"]
    assert {seed: run.info.run_name for seed, run in tracked.children.items()} == {1: "lstm, seed 1", 2: "lstm, seed 2"}
    assert tracked.live_status == "RUNNING"
    assert {run.info.status for run in (tracked.parent, *tracked.children.values())} == {"FINISHED"}


def test_a_variants_own_parameters_are_on_the_parent_and_its_children(tracked):
    expected = {"epochs": "4", "network.cell": "lstm", "precision": "fp32", "device": "cpu"}
    assert tracked.parent.data.params == expected
    assert tracked.children[2].data.params == expected | {"seed": "2"}


def test_curves_grow_while_the_seeds_train(tracked):
    assert tracked.live_steps == {1: [2, 3], 2: [1, 2]}
    assert tracked.warnings == ""  # half a line and a missing file are no failures


def test_curves_end_complete_and_without_doubles(tracked):
    for run in tracked.children.values():
        assert sorted(steps(tracked.client, run)) == [1, 2, 3, 4]
        values = {m.step: m.value for m in tracked.client.get_metric_history(run.info.run_id, "train/loss")}
        assert values == {epoch: 1 / epoch for epoch in range(1, 5)}
    history = tracked.client.get_metric_history(tracked.children[2].info.run_id, "train/learning_rate")
    assert [(m.step, m.timestamp) for m in history] == [(e, (10**9 + e) * 1000) for e in range(1, 5)]


def test_inputs_carry_the_dvc_hash(tracked):
    for run in (tracked.parent, tracked.children[1]):
        inputs = {i.dataset.name: i.dataset for i in run.inputs.dataset_inputs}
        assert inputs["imdb"].digest == IMDB_HASH
        assert inputs["vectors"].digest == file_md5(tracked.root / "data/prepared/vectors/meta.json")  # not in dvc.lock
        assert json.loads(inputs["imdb"].profile)["rows"] == {"train": 3}
        columns = json.loads(inputs["imdb"].schema)["mlflow_colspec"]
        assert [column["name"] for column in columns] == ["tokens", "label"]
    assert json.loads(inputs["imdb"].source) == {"uri": "data/prepared/imdb", "edition": "packaged"}


def test_tags_lead_to_the_state_of_code_and_data_and_back(tracked):
    tags = tracked.parent.data.tags
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tracked.root, capture_output=True, text=True, check=True)
    assert tags["mlflow.source.git.commit"] == head.stdout.strip()
    assert (tags["dvc.stage"], tags["edition"], tags["precision"]) == ("sentiment@lstm", "packaged", "fp32")
    assert tags["dvc.lock"] == file_md5(tracked.root / "dvc.lock")
    found = tracked.client.search_runs(
        [tracked.experiment.experiment_id], f"tags.`dvc.metrics` = '{file_md5(tracked.root / RESULTS.metrics)}'"
    )
    assert [run.info.run_id for run in found] == [tracked.parent.info.run_id]


def test_final_scores_are_on_the_children_and_their_mean_on_the_parent(tracked):
    child, parent = tracked.children[2].data.metrics, tracked.parent.data.metrics
    assert child["validation/best_accuracy"] == pytest.approx(0.82)
    assert child["test/accuracy"] == pytest.approx(0.78)
    assert child["work/tokens_per_second"] == 9.0
    assert parent["test/accuracy"] == pytest.approx(0.785)
    assert "test/accuracy_sd" not in parent  # one seed would have none
    assert {name for name in child if name.startswith("test/")} == {"test/accuracy"}  # by class: in the metrics file
    assert any(name.startswith("system/cpu") for name in parent)


def test_the_result_comes_first_in_every_description(tracked):
    notes = {run.info.run_name: run.data.tags["mlflow.note.content"] for run in (tracked.parent, tracked.children[2])}
    assert notes["lstm"].startswith("**Test accuracy (%): 78.5 (mean of 2 seeds, standard deviation -)**")
    assert notes["lstm, seed 2"].startswith("**Test accuracy (%): 78.0 with seed 2**")
    assert all("dvc repro sentiment@lstm" in note for note in notes.values())
    about = tracked.experiment.tags["mlflow.note.content"].splitlines()
    assert about[0] == "Test accuracy (%): lstm 78.5"
    assert exercises()["sentiment"].question in about
    [version] = tracked.client.search_model_versions("name = 'sentiment'")
    assert version.description.startswith("Test accuracy (%): 78.5")


def test_a_verdict_is_told_of_the_results_that_it_judged(tracked, tmp_path, monkeypatch):
    shutil.copytree(tracked.root / "metrics", tmp_path / "metrics")
    monkeypatch.chdir(tmp_path)
    summary = json.loads(RESULTS.metrics.read_text())
    Path("metrics/train/sentiment/gru.json").write_text(json.dumps(summary | {"variant": "gru"}))
    variants = {name: {"mean": 0.785} for name in ("lstm", "gru")}
    found = {"variants": variants, "differences": [{"a": "gru", "b": "lstm", "verdict": "gru is as good"}]}
    write_json(Path("metrics/evaluation.json"), {"comparisons": {"cell": found}})
    assert "- gru is as good" in description(exercises()["sentiment"])
    variants["gru"]["mean"] = 0.9  # of an earlier training
    write_json(Path("metrics/evaluation.json"), {"comparisons": {"cell": found}})
    assert "gru is as good" not in description(exercises()["sentiment"])


def test_artifacts(tracked):
    listed = {
        entry.path
        for folder in ("metrics", "history", "predictions", "timing", "figures", "dvc")
        for entry in tracked.client.list_artifacts(tracked.parent.info.run_id, folder)
    }
    files = {"metrics/lstm.json", "history/lstm.csv", "predictions/lstm.parquet", "timing/lstm.json"}
    assert listed == files | {"figures/learning_curves.png", "predictions/sample.csv", "dvc/dvc.lock"}
    sample = Path(tracked.root, "mlartifacts/sentiment", tracked.parent.info.run_id, "artifacts/predictions/sample.csv")
    assert sample.read_text().splitlines() == ["seed,prediction,states", '1,1,"[1, 2]"', "2,0,[3]"]


def test_the_model_of_the_best_seed_stands_alone(tracked):
    import mlflow

    [output] = tracked.parent.outputs.model_outputs
    logged = tracked.client.get_logged_model(output.model_id)
    assert (logged.name, logged.status, logged.tags["seed"]) == ("sentiment-lstm", "READY", "2")
    directory = Path(logged.artifact_location.removeprefix("file://"))
    names = {path.name for path in directory.rglob("*") if path.is_file()}
    assert {"seed_2.safetensors", "model.json", "input_example.json"} <= names
    assert "seed_1.safetensors" not in names
    assert not [name for name in names if name.endswith((".pkl", ".pyc"))]
    assert "torch==1.2.3" in (directory / "requirements.txt").read_text().splitlines()
    model = mlflow.pyfunc.load_model(str(directory))
    assert model.metadata.signature.inputs.input_names() == ["text"]
    [row] = model.predict(model.input_example).to_dict("records")
    assert list(row) == model.metadata.signature.outputs.input_names() == ["label", "probability"]
    assert row["label"] in ("negative", "positive") and 0 < row["probability"] < 1


def test_mlflow_serves_the_champion_and_refuses_in_one_line(tracked):
    uri = f"sqlite:///{tracked.root}/mlflow.db"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", "models:/sentiment@champion"]
    command += ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port)]
    environment = os.environ | {"MLFLOW_TRACKING_URI": uri, "MLFLOW_DISABLE_TELEMETRY": "true"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # as in an activated shell
    with (tracked.root / "serve.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:

        def ask(*texts):
            body = json.dumps({"dataframe_records": [{"text": text} for text in texts]}).encode()
            json_type = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", body, json_type)
            return json.load(urllib.request.urlopen(request, timeout=30))

        for _ in range(600):
            try:
                answer = ask("quiet film", "film")
                break
            except OSError:
                assert process.poll() is None, (tracked.root / "serve.log").read_text()
                time.sleep(0.1)
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask("film", None)
        refusal = json.load(refused.value)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert [row["label"] in ("negative", "positive") for row in answer["predictions"]] == [True, True]
    assert refused.value.code == 400 and "stack_trace" not in refusal
    assert refusal["message"].endswith(" is not a text: put it in quotes")


@pytest.mark.parametrize(("error", "status"), [(ZeroDivisionError, "FAILED"), (KeyboardInterrupt, "KILLED")])
def test_an_exception_marks_the_runs(project, empty_store, error, status):
    shutil.copy(empty_store, "mlflow.db")
    with pytest.raises(error), start():
        append(progress()[1], line(1))
        raise error
    found = runs_of(f"sqlite:///{project}/mlflow.db")
    assert {run.info.status for run in (found.parent, *found.children.values())} == {status}
    assert steps(found.client, found.children[1]) == [1]


def test_dirty_means_code_or_parameters_differ(project):
    (project / "metrics/new.json").write_text("")
    assert git_tags()["mlflow.source.git.dirty"] == "false"
    (project / "pipeline/new.py").write_text("")
    assert git_tags()["mlflow.source.git.dirty"] == "true"
