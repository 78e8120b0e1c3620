"""A copy of the project in which DVC finds everything built, though nothing is: it tells what an edit would rerun."""

import json
from pathlib import Path

from dvc.repo import Repo
from dvc.stage.serialize import to_single_stage_lockfile
from dvc_data.hashfile.hash_info import HashInfo

from tools.scaled import copy_project


def copy_as_if_built(copy: Path) -> Path:
    """Its dvc.lock says that all was built from these very files. The data need not be there."""
    copy.mkdir()
    copy_project(copy)
    entries = {}
    with Repo(str(copy)) as repo, repo.lock:
        for stage in repo.index.stages:
            stage.save_deps(allow_missing=True)
            for item in (*stage.deps, *stage.outs):
                if not item.hash_info:
                    item.hash_info = HashInfo("md5", "0" * 32)
            entries[stage.name] = to_single_stage_lockfile(stage)
    lock = {"schema": "2.0", "stages": entries}
    (copy / "dvc.lock").write_text(json.dumps(lock), encoding="utf-8")  # JSON is YAML too
    return copy


def changed(repo: Repo) -> set[str]:
    """The stages that `dvc repro` would begin with: those that follow from their outputs come on top."""
    with repo.lock:
        return {stage.name for stage in repo.index.stages if stage.changed(allow_missing=True)}
