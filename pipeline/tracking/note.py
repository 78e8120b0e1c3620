"""The note of a variant's runs: a JSON file that is kept until DVC has recorded their training.

With it, an interrupted training continues in its own runs, and incomplete runs can be completed. It grows as the
training goes on:

    uri, training                       before the runs are created; they have the second as a tag
    key, parameters, parent, children   once they are
    results, timing                     once the training ended: MD5s of what it wrote
    finished                            once everything is logged
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.core.files import read_json, write_json
from pipeline.core.lock import has_recorded

NOTES = Path(".cache/runs")


def note_of(exercise: str, variant: str, folder: Path = NOTES) -> Path:
    """Where the note of this variant's latest training is."""
    return folder / exercise / f"{variant}.json"


def read_note(note: Path) -> dict[str, Any] | None:
    """The content of a note; None if there is none.

    Raises:
        PipelineError: it is not JSON.
    """
    return read_json(note) if note.exists() else None


def add_to_note(note: Path, values: Mapping[str, Any]) -> None:
    """Add these values to the note; the file is replaced whole."""
    write_json(note, read_json(note) | values)


def is_recorded(note: Path) -> bool:
    """Whether DVC has recorded the training of a note: now, or before another result took its place in dvc.lock.

    A training is recognised by the file of its times, because no other training takes the same times to the last digit.

    Raises:
        PipelineError: the note or dvc.lock cannot be read.
    """
    timing = (read_note(note) or {}).get("timing")
    return timing is not None and has_recorded(f"{note.parent.name}@{note.stem}", timing)
