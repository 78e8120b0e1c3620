"""What is kept of a training until DVC has recorded it: its checkpoints, and a note of its runs in MLflow.

A stage may end without being recorded: DVC may have been killed while the stage lived on. The next `dvc repro` runs
it again, and it finds everything trained and goes on in the same runs.
"""

import shutil
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from pipeline.core.files import locked, read_json
from pipeline.tracking.provenance import read_lock

CHECKPOINTS = Path(".cache/checkpoints")
NOTES = Path(".cache/runs")


def note_of(exercise: str, variant: str) -> Path:
    """The note of this variant's latest runs."""
    return NOTES / exercise / f"{variant}.json"


def alone(exercise: str, variant: str, wait: bool = True) -> AbstractContextManager[None]:
    """One process at a time trains a variant, or records it: a lock beside its note.

    Raises:
        BlockingIOError: another process does, and this one is not to wait.
    """
    path = note_of(exercise, variant).with_suffix(".lock")
    return locked(path, f"another process that trains {exercise}@{variant}", wait)


def is_recorded(exercise: str, variant: str) -> bool:
    """Whether dvc.lock has the training of the note. It is known by its times, which no other training has.

    Raises:
        PipelineError: the note or dvc.lock cannot be read.
    """
    file = note_of(exercise, variant)
    timing = read_json(file).get("timing") if file.exists() else None  # see opening.note_results
    if timing is None:
        return False
    stage = read_lock().get("stages", {}).get(f"{exercise}@{variant}", {})
    return timing in {out.get("md5") for out in stage.get("outs", ())}


def settle(exercise: str, variant: str) -> None:
    """Remove what a training would be continued from. The note stays if its runs are still to be completed."""
    shutil.rmtree(CHECKPOINTS / exercise / variant, ignore_errors=True)
    file = note_of(exercise, variant)
    if file.exists() and read_json(file).get("finished"):
        file.unlink()


def sweep() -> None:
    """Settle every training that DVC has recorded, but for variants that are being trained.

    Raises:
        PipelineError: a note or dvc.lock cannot be read.
    """
    for file in sorted(NOTES.glob("*/*.json")):
        exercise, variant = file.parent.name, file.stem
        with suppress(BlockingIOError), alone(exercise, variant, wait=False):
            if is_recorded(exercise, variant):
                settle(exercise, variant)
