"""What is kept of a training until DVC has recorded it: its checkpoints, and the note of its runs in MLflow.

A stage may end without being recorded: DVC may have been killed while the stage went on. The next `dvc repro` runs
it again; it finds everything trained, and continues the same runs.
"""

import shutil
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from pipeline.core.files import locked
from pipeline.tracking import note
from pipeline.tracking.note import NOTES, note_of, read_note

CHECKPOINTS = Path(".cache/checkpoints")


def alone(exercise: str, variant: str, wait: bool = True) -> AbstractContextManager[None]:
    """One process at a time trains a variant, or records it in MLflow: a lock beside its note.

    Raises:
        BlockingIOError: another process does, and this one is not to wait.
    """
    path = note_of(exercise, variant).with_suffix(".lock")
    return locked(path, f"another process that trains {exercise}@{variant}", wait)


def is_recorded(exercise: str, variant: str) -> bool:
    """Whether DVC has recorded the latest training of a variant; see `note.is_recorded`."""
    return note.is_recorded(note_of(exercise, variant))


def discard(exercise: str, variant: str) -> None:
    """Remove the checkpoints, so that the variant trains from the beginning; the note too, if its runs are complete."""
    shutil.rmtree(CHECKPOINTS / exercise / variant, ignore_errors=True)
    file = note_of(exercise, variant)
    if (read_note(file) or {}).get("finished"):
        file.unlink()


def discard_recorded() -> None:
    """Remove what is kept of every training that DVC has recorded, but for variants that are being trained.

    Raises:
        PipelineError: a note or dvc.lock cannot be read.
    """
    for file in sorted(NOTES.glob("*/*.json")):
        exercise, variant = file.parent.name, file.stem
        with suppress(BlockingIOError), alone(exercise, variant, wait=False):
            if is_recorded(exercise, variant):
                discard(exercise, variant)
