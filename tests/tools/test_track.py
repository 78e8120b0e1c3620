"""Runs that are continued after an interruption, and runs recorded after the training, without it."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import PipelineError
from pipeline.tracking import lifecycle, log_model
from pipeline.tracking.note import note_of
from tests.tracking.tracked_project import (
    RESULTS,
    SEEDS,
    append,
    line,
    progress,
    runs_of,
    start,
    steps,
    train_again,
    write_lock,
)  # fmt: skip
from tools import track


@pytest.fixture
def uri(project, empty_store):
    shutil.copy(empty_store, "mlflow.db")
    return f"sqlite:///{project}/mlflow.db"


def statuses(found):
    return {run.info.status for run in (found.parent, *found.children.values())}


def everything(found):
    """All runs of the experiment."""
    return found.client.search_runs([found.experiment.experiment_id])


def test_an_interrupted_training_goes_on_in_its_own_runs(uri):
    train_again()
    first = progress()[1]
    with pytest.raises(KeyboardInterrupt), start():
        append(first, line(1) + line(2))
        raise KeyboardInterrupt
    before = runs_of(uri)
    first.unlink()
    with start() as tracking:
        assert statuses(runs_of(uri)) == {"RUNNING"}
        append(first, line(3) + line(4))
        tracking.finish(RESULTS)
    found = runs_of(uri)
    assert [run.info.run_id for run in found.parents] == [before.parent.info.run_id]
    assert statuses(found) == {"FINISHED"}
    assert [steps(found.client, run) for run in found.children.values()] == [[1, 2, 3, 4]] * 2
    write_lock(Path())
    with start():
        pass
    assert len(runs_of(uri).parents) == 2  # what DVC has recorded is not continued


def test_what_finished_but_was_not_recorded_goes_on_in_its_own_runs(uri, capsys):
    """DVC alone was killed: the stage lived on, and the next `dvc repro` starts it again."""
    for _ in range(2):
        train_again()
        with start() as tracking:
            assert not json.loads(note_of("sentiment", "lstm").read_text()).get("finished")
            tracking.finish(RESULTS)
    found = runs_of(uri)
    assert len(found.parents) == 1 and statuses(found) == {"FINISHED"}
    assert [steps(found.client, run) for run in found.children.values()] == [[1, 2, 3, 4]] * 2
    assert len(found.client.search_logged_models([found.experiment.experiment_id])) == 1
    write_lock(Path())
    track.main()
    assert "0 of 1" in capsys.readouterr().out
    train_again()
    with start() as tracking:  # `dvc repro --force`
        tracking.finish(RESULTS)
    assert len(runs_of(uri).parents) == 2


@pytest.mark.parametrize("seeds", [(1, 2, 3), (1,)])
def test_other_seeds_get_runs_of_their_own(uri, seeds):
    with pytest.raises(KeyboardInterrupt), start():
        raise KeyboardInterrupt
    with start(seeds):
        pass
    found = runs_of(uri)
    assert [run.info.status for run in found.parents] == ["KILLED", "FINISHED"]
    assert statuses(found) == {"KILLED"} and len(everything(found)) == 1 + len(SEEDS) + 1 + len(seeds)


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("created", [1, 2, 3])
def test_runs_are_not_running_for_ever_if_the_process_ends_while_it_creates_them(uri, monkeypatch, created, killed):
    from mlflow import MlflowClient

    create, runs = MlflowClient.create_run, []

    def stop(*arguments, **others):
        run = create(*arguments, **others)
        runs.append(run)
        if len(runs) == created:
            raise KeyboardInterrupt
        return run

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        if killed:  # no time to do anything
            patch.setattr("pipeline.tracking.track.mark_killed", lambda *arguments: None)
        patch.setattr(MlflowClient, "create_run", stop)
        start().__enter__()
    if killed:
        with start():
            pass
    found = runs_of(uri)
    ended = {run.info.run_id: run.info.status for run in everything(found)}
    assert [ended.pop(run.info.run_id) for run in runs] == ["KILLED"] * created
    assert set(ended.values()) <= {"FINISHED", "KILLED"}


@pytest.mark.parametrize(
    "step", ["log_model_artifacts", "finalize_logged_model", "create_model_version", "log_outputs"]
)
def test_a_model_half_logged_is_completed(uri, monkeypatch, step):
    from mlflow import MlflowClient

    act = getattr(MlflowClient, step)

    def stop(*arguments, **others):
        act(*arguments, **others)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(MlflowClient, step, stop)
        track.main()
    if step == "log_outputs":  # all was there
        monkeypatch.setattr(log_model, "register", pytest.fail)
    track.main()
    found = runs_of(uri)
    [logged] = found.client.search_logged_models([found.experiment.experiment_id])
    assert logged.status == "READY" and len(found.parents) == 1 and statuses(found) == {"FINISHED"}
    assert [output.model_id for output in found.parent.outputs.model_outputs] == [logged.model_id]
    [version] = found.client.search_model_versions("name = 'sentiment'")
    assert found.client.get_model_version_by_alias("sentiment", "champion").version == version.version


def test_a_killed_training_that_is_not_continued_is_marked(uri):
    for key in ("one", "other"):
        with pytest.raises(ZeroDivisionError), start(key=key) as tracking:
            tracking.close = lambda status: None  # as if the process had been killed
            raise ZeroDivisionError
    first, second = runs_of(uri).parents
    assert (first.info.status, second.info.status) == ("KILLED", "RUNNING")


def test_a_new_store_is_filled_from_the_results_once(uri, capsys):
    track.main()
    found = runs_of(uri)
    assert statuses(found) == {"FINISHED"}
    assert found.parent.data.params == {"epochs": "4", "network.cell": "lstm", "precision": "fp32", "device": "cpu"}
    assert [steps(found.client, run) for run in found.children.values()] == [[1, 2, 3, 4]] * 2
    assert [i.dataset.name for i in found.parent.inputs.dataset_inputs] == ["imdb", "vectors"]
    tags = found.client.get_model_version_by_alias("sentiment", "champion").tags
    assert (tags["variant"], tags["seed"], float(tags["validation score"])) == ("lstm", "2", pytest.approx(0.815))
    track.main()
    again = runs_of(uri)
    assert len(again.parents) == 1
    assert [steps(again.client, run) for run in again.children.values()] == [[1, 2, 3, 4]] * 2
    assert [text.split()[1] for text in capsys.readouterr().out.splitlines()] == ["1", "0"]


def test_results_of_what_is_no_longer_declared_are_left_out(uri, capsys):
    """DVC leaves them behind when a variant or an exercise is taken out; the variant was the best."""
    for name in ("sentiment/gone", "gone/lstm"):
        path = Path(f"metrics/train/{name}.json")
        path.parent.mkdir(exist_ok=True)
        path.write_text(RESULTS.metrics.read_text().replace("0.82", "0.99"))
    track.main()
    assert "1 of 1 variants recorded" in capsys.readouterr().out
    found = runs_of(uri)
    assert [run.info.run_name for run in found.parents] == ["lstm"]
    assert found.client.get_model_version_by_alias("sentiment", "champion").tags["variant"] == "lstm"


def test_what_the_training_recorded_is_not_recorded_again(uri, capsys):
    with start() as tracking:
        tracking.finish(RESULTS)
    track.main()
    assert "0 of 1" in capsys.readouterr().out


def test_an_earlier_result_is_recorded_and_the_later_one_completed_when_it_is_back(uri, capsys):
    """The store was away as the later training ended, and has never had the earlier one."""
    files = [RESULTS.metrics, RESULTS.timing, Path("dvc.lock")]
    earlier = [file.read_text() for file in files]
    RESULTS.metrics.write_text(earlier[0].replace("0.785", "0.786"))
    train_again()
    write_lock(Path())
    later = [file.read_text() for file in files]
    with start() as tracking:
        lifecycle.note_results(tracking.runs, RESULTS)
        tracking.complete = False
    note = note_of("sentiment", "lstm").read_text()

    for file, text in zip(files, earlier, strict=True):
        file.write_text(text)
    for _ in range(2):
        track.main()
        assert note_of("sentiment", "lstm").read_text() == note
        first, second = runs_of(uri).parents
        assert (first.info.status, second.info.status) == ("RUNNING", "FINISHED")
        assert second.data.metrics["test/accuracy"] == 0.785

    for file, text in zip(files, later, strict=True):
        file.write_text(text)
    for _ in range(2):
        track.main()
        first, second = runs_of(uri).parents
        assert (first.info.status, second.info.status) == ("FINISHED", "FINISHED")
        assert first.data.metrics["test/accuracy"] == 0.786
    assert [text.split()[1] for text in capsys.readouterr().out.splitlines()] == ["1", "0", "1", "0"]
    assert not note_of("sentiment", "lstm", track.NOTES).exists()


@pytest.mark.parametrize("wrong", ["missing", "changed", "unknown"])
def test_results_that_are_not_those_of_dvc_lock_are_one_line(uri, wrong):
    path = Path(RESULTS.predictions)
    if wrong == "missing":
        path.unlink()
    elif wrong == "changed":
        path.write_text("other columns")
    else:
        Path("dvc.lock").write_text(json.dumps({"stages": {}}))
    with pytest.raises(PipelineError, match="dvc (pull|repro)") as error:
        track.main()
    assert "\n" not in str(error.value)


def test_one_variant_that_was_not_pulled_keeps_no_other_from_being_recorded(uri, capsys):
    for kind, suffix in (("train", "json"), ("history", "csv"), ("timing", "json")):
        path = Path(f"metrics/{kind}/sentiment/lstm.{suffix}")
        shutil.copy(path, path.with_stem("gru"))  # it comes first
    lock = yaml.safe_load(Path("dvc.lock").read_text())
    lock["stages"]["sentiment@gru"] = {"outs": []}
    Path("dvc.lock").write_text(yaml.safe_dump(lock))
    with pytest.raises(
        PipelineError,
        match=r"lacks 1 of 2 variants \(sentiment\)\. sentiment@gru: .*/gru.parquet is missing: .*dvc pull",
    ) as error:
        track.main()
    assert "\n" not in str(error.value) and "1 of 2 variants recorded, 0 were" in capsys.readouterr().out
    assert [run.info.run_name for run in runs_of(uri).parents] == ["lstm"]
