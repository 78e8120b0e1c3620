"""Mend what DVC leaves unreadable when it is killed while it writes: `make repro` does so first.

DVC writes two files in place (treeverse/dvc#7615), and stops at each that is cut short:
.dvc/tmp/rwlock, who reads and writes what: without it nobody does;
dvc.lock, for a second after every stage: the committed one, or none, takes its place, and DVC's cache of runs brings
back what was built since without building it again.
"""

import json
import subprocess
from pathlib import Path

import yaml

from pipeline.files import write_text

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's reads a long lock in a tenth of the time


def mend(project: Path) -> None:
    """Put both files right where they cannot be read, and say so."""
    for path, parse in ((project / ".dvc/tmp/rwlock", json.loads), (project / "dvc.lock", _parse_lock)):
        try:
            parse(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (ValueError, yaml.YAMLError):
            committed = subprocess.run(["git", "show", f"HEAD:./{path.name}"], cwd=path.parent, capture_output=True)
            if path.name == "dvc.lock" and committed.returncode == 0:
                write_text(path, committed.stdout.decode("utf-8"))
            else:
                path.unlink()
            print(f"mended {path.relative_to(project)}: DVC was stopped while it wrote it")


def _parse_lock(text: str) -> None:
    if not isinstance(yaml.load(text, LOADER), dict):
        raise ValueError("cut short")


if __name__ == "__main__":
    mend(Path.cwd())
