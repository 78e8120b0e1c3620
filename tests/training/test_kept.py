"""What is kept of a training until DVC has recorded it, also where DVC brings an earlier result back."""

import shutil
from pathlib import Path

import pytest

from pipeline.tracking import lifecycle
from pipeline.tracking.note import note_of
from pipeline.training import kept
from tests.tracking.tracked_project import RESULTS, keep_run, runs_of, start, train_again, write_lock


@pytest.fixture
def uri(project, empty_store):
    shutil.copy(empty_store, "mlflow.db")
    return f"sqlite:///{project}/mlflow.db"


def test_checkpoints_stay_until_dvc_has_recorded_the_training(uri):
    train_again()
    with start() as tracking:
        tracking.finish(RESULTS)
    place = kept.CHECKPOINTS / "sentiment/lstm"
    place.mkdir(parents=True)
    kept.discard_recorded()
    assert place.exists() and not kept.is_recorded("sentiment", "lstm")
    write_lock(Path())
    with kept.alone("sentiment", "lstm"):
        kept.discard_recorded()
    assert place.exists()  # it is being trained
    kept.discard_recorded()
    assert not place.exists() and not note_of("sentiment", "lstm").exists()


def test_checkpoints_go_when_the_store_was_away_but_not_the_note(uri):
    with start() as tracking:
        lifecycle.note_results(tracking.runs, RESULTS)
        place = kept.CHECKPOINTS / "sentiment/lstm"
        place.mkdir(parents=True)
        kept.discard_recorded()
        assert not place.exists() and note_of("sentiment", "lstm").exists()


@pytest.mark.parametrize("recorded", [True, False])
def test_a_training_is_recorded_though_dvc_has_brought_an_earlier_result_back(uri, recorded):
    """A parameter was changed and changed back: dvc.lock has the first result, the second is in the cache of runs."""
    earlier = RESULTS.timing.read_text()
    keep_run(Path())
    train_again()
    with start() as tracking:
        tracking.finish(RESULTS)
    if recorded:
        write_lock(Path())
        keep_run(Path())
    RESULTS.timing.write_text(earlier)
    write_lock(Path())
    place = kept.CHECKPOINTS / "sentiment/lstm"
    place.mkdir(parents=True)
    assert kept.is_recorded("sentiment", "lstm") is recorded
    kept.discard_recorded()
    assert place.exists() is not recorded and note_of("sentiment", "lstm").exists() is not recorded
    with start():  # `dvc repro --force` after that, or the next after a kill
        pass
    assert len(runs_of(uri).parents) == (2 if recorded else 1)
