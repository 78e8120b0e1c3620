"""A stage needs what dvc.yaml declares, and writes what it declares: each runs in a folder that holds nothing else.

`make graph` writes the code that a stage depends on. Tracking, which changes no output, is there as well, though no
stage depends on it.
"""

import re
import shutil
import subprocess
from functools import cache

import pytest
import yaml

from tests.long.copies import ENVIRONMENT, HOOKS
from tools.closure import SILENT, Imports
from tools.scaled import ROOT
from tools.verify import TIMES

WRITTEN = ("data", "models", "metrics")
TRAINING = re.compile(r"python -m pipeline\.exercises\.(\w+)\.train ")
UNDECLARED = ("dvc.lock", "requirements.lock", SILENT)  # for tracking and for Ctrl-C: no output depends on them
ALONE = ENVIRONMENT | {"PYTHONPATH": str(HOOKS), "TEST_HOOKS": "uninstalled"}


def names():
    """Every stage but fetch, which reads the network; every value of a matrix."""
    for name, stage in yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"].items():
        (values,) = stage.get("matrix", {"": [None]}).values()
        if name != "fetch":
            yield from (f"{name}@{value}" if value else name for value in values)


@pytest.fixture(scope="module")
def stages(built):
    from dvc.repo import Repo

    with Repo(str(built)) as repo:
        return {stage.name: stage for stage in repo.index.stages}


def imported(project, stage):
    """The code that is linked where the stage depends on it."""
    folder = project / "imports" / stage.name.split("@")[0]
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


@cache
def tracking_of(command):
    """The code that a training imports for tracking alone, with what that asks of the exercise."""
    if training := TRAINING.match(command):
        module = f"pipeline.exercises.{training[1]}.train"
        return Imports(without=None).closure(module) - Imports().closure(module)
    return set()


def contents(folder):
    """Every file among the data, models and metrics."""
    paths = [path for name in WRITTEN for path in (folder / name).rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_the_installed_project_is_out_of_reach(tmp_path):
    done = subprocess.run(["python", "-c", "import pipeline"], cwd=tmp_path, env=ALONE, capture_output=True, text=True)
    assert "No module named 'pipeline'" in done.stderr


@pytest.mark.parametrize("name", [*names()])
def test_what_is_declared_suffices(built, stages, tmp_path, name):
    stage = stages[name]
    declared = [dep.def_path for dep in stage.deps if not dep.def_path.startswith("imports/")]
    for path in (*declared, *imported(built, stage), *UNDECLARED, *tracking_of(stage.cmd)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (built / path).is_dir() else shutil.copy)(built / path, tmp_path / path)
    for package in (path.parent for path in (built / "pipeline").rglob("__init__.py")):
        empty = tmp_path / package.relative_to(built) / "__init__.py"  # DVC need not know those
        empty.parent.mkdir(parents=True, exist_ok=True)
        empty.touch()
    before = contents(tmp_path)
    done = subprocess.run(["bash", "-c", stage.cmd], cwd=tmp_path, env=ALONE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    after = contents(tmp_path)
    assert {path: after.get(path) for path in before} == before, "a dependency was changed"

    outs, written, expected = [out.def_path for out in stage.outs], set(after) - set(before), contents(built)
    assert [out for out in outs if not (tmp_path / out).exists()] == []
    assert [path for path in written if not any(path == out or path.startswith(f"{out}/") for out in outs)] == []
    assert [path for path in written if after[path] != expected[path] and not path.startswith(TIMES)] == []
