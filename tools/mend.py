"""Mend the files in which DVC leaves its traces when it is killed; `make repro` does this first.

DVC writes two files in place (treeverse/dvc#7615), and stops at each that is cut short:
.dvc/tmp/rwlock, which says who reads and writes what: it is removed, which says that nobody does; also if it is whole,
but every process that it names has ended, for another program, or nobody's zombie, may have that number now;
dvc.lock, which is written for a second after every stage: the committed one, or none, takes its place, and DVC's run
cache brings back what was built since then without building it again.
"""

import json
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import yaml

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import YAML_LOADER, write_text

CONFLICT = b"\n<<<<<<< "
PAUSE = 2.0  # seconds after which a running `dvc repro` has written more


def mend(project: Path) -> None:
    """Mend whichever of the two files cannot be read, and say so.

    Raises:
        PipelineError: dvc.lock is in the middle of a merge.
    """
    for path, parse in ((project / ".dvc/tmp/rwlock", json.loads), (project / "dvc.lock", _parse_lock)):
        if not _broken(path, parse):
            if path.name == "rwlock" and path.exists() and not _in_use(path):
                path.unlink()
            continue
        if CONFLICT in path.read_bytes():
            raise PipelineError(
                f"{path.name} holds two versions: git stopped at a conflict; take one, with `git checkout --ours "
                f"{path.name}` or `--theirs`, and run `make repro` again: it runs what that one lacks"
            )
        committed = subprocess.run(["git", "show", f"HEAD:./{path.name}"], cwd=path.parent, capture_output=True)
        if path.name == "dvc.lock" and committed.returncode == 0:
            write_text(path, committed.stdout.decode("utf-8"))
        else:
            path.unlink()
        print(f"mended {path.relative_to(project)}: DVC was stopped while it wrote it")


def _in_use(rwlock: Path) -> bool:
    """Whether one of the processes that it names is a DVC that runs."""
    for number in map(int, re.findall(r'"pid": (\d+)', rwlock.read_text(encoding="utf-8"))):
        with suppress(psutil.Error):
            process = psutil.Process(number)
            if process.status() != psutil.STATUS_ZOMBIE and any("dvc" in part for part in process.cmdline()):
                return True
    return False


def _broken(path: Path, parse: Callable[[str], Any]) -> bool:
    """Whether a file cannot be read although nobody is writing it."""
    before = None
    while True:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return False
        try:
            parse(content.decode("utf-8"))
            return False
        except (ValueError, yaml.YAMLError):
            if content == before:
                return True
            before = content
            time.sleep(PAUSE)


def _parse_lock(text: str) -> None:
    """Read it as DVC will: a lock that ends in the middle of an entry is often still YAML."""
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA
    from voluptuous import Invalid

    try:
        COMPILED_LOCKFILE_SCHEMA(yaml.load(text, YAML_LOADER))
    except Invalid as error:
        raise ValueError("cut short") from error


if __name__ == "__main__":
    run_stage(lambda: mend(Path.cwd()))
