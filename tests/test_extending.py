"""An exercise of one's own is a folder, a section of params.yaml and `make graph`: nothing else would run.

The whole way, to its section in the report, is gone in tests/long/test_extending.py.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dvc.repo import Repo

from tests.built import changed, copy_as_if_built
from tests.extending import FOLDER, write_exercise


@pytest.fixture
def copy(tmp_path):
    return copy_as_if_built(tmp_path / "project")


def graph(project):
    subprocess.run([sys.executable, "-m", "tools.graph"], cwd=project, env={"PYTHONPATH": str(project)}, check=True)


def test_it_is_trained_compared_and_reported_and_nothing_else_runs(copy):
    before = (copy / "dvc.yaml").read_text(encoding="utf-8")
    params = (copy / "params.yaml").read_text(encoding="utf-8")
    write_exercise(copy)
    graph(copy)
    with Repo(str(copy)) as repo:
        assert changed(repo) == {"averaged@plain", "averaged@gated", "evaluate", "best", "timings", "report"}
    checked = subprocess.run(
        [sys.executable, "-m", "tools.check"], cwd=copy, env={"PYTHONPATH": str(copy)}, capture_output=True, text=True
    )
    assert checked.stdout.startswith("params.yaml is valid")
    shutil.rmtree(copy / FOLDER)
    (copy / "params.yaml").write_text(params, encoding="utf-8")
    graph(copy)
    assert (copy / "dvc.yaml").read_text(encoding="utf-8") == before
    with Repo(str(copy)) as repo:
        assert changed(repo) == set()


def test_its_stage_stands_after_those_of_the_sheet(copy):
    write_exercise(copy)
    graph(copy)
    stages = re.findall(r"^  (\w+):$", Path(copy, "dvc.yaml").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert stages[stages.index("averaged") - 1 : stages.index("averaged") + 2] == ["tagging", "averaged", "char_lm"]
