"""Runs that are continued after an interruption, and runs recorded after the training, without it."""

import json
import shutil
from pathlib import Path

import pytest
from tracked_project import RESULTS, append, line, progress, runs_of, start, steps

from pipeline.errors import PipelineError
from pipeline.training import record


@pytest.fixture
def uri(project, empty_store):
    shutil.copy(empty_store, "mlflow.db")
    return f"sqlite:///{project}/mlflow.db"


def statuses(found):
    return {run.info.status for run in (found.parent, *found.children.values())}


def test_an_interrupted_training_goes_on_in_its_own_runs(uri):
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
    with start():
        pass
    assert len(runs_of(uri).parents) == 2  # what has finished is not continued


def test_a_killed_training_that_is_not_continued_is_marked(uri):
    for key in ("one", "other"):
        with pytest.raises(ZeroDivisionError), start(key=key) as tracking:
            tracking.close = lambda status: None  # as if the process had been killed
            raise ZeroDivisionError
    first, second = runs_of(uri).parents
    assert (first.info.status, second.info.status) == ("KILLED", "RUNNING")


def test_a_new_store_is_filled_from_the_results_once(uri, capsys):
    record.main()
    found = runs_of(uri)
    assert statuses(found) == {"FINISHED"}
    assert found.parent.data.params == {"epochs": "4", "network.cell": "lstm", "precision": "fp32", "device": "cpu"}
    assert [steps(found.client, run) for run in found.children.values()] == [[1, 2, 3, 4]] * 2
    assert [i.dataset.name for i in found.parent.inputs.dataset_inputs] == ["imdb", "vectors"]
    assert found.client.get_model_version_by_alias("sentiment", "champion").tags == {"variant": "lstm", "seed": "2"}
    record.main()
    again = runs_of(uri)
    assert len(again.parents) == 1
    assert [steps(again.client, run) for run in again.children.values()] == [[1, 2, 3, 4]] * 2
    assert [text.split()[1] for text in capsys.readouterr().out.splitlines()] == ["1", "0"]


def test_what_the_training_recorded_is_not_recorded_again(uri, capsys):
    with start() as tracking:
        tracking.finish(RESULTS)
    record.main()
    assert "0 of 1" in capsys.readouterr().out


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
        record.main()
    assert "\n" not in str(error.value)
