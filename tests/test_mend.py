"""What DVC leaves when it is killed while it writes does not stop the next `make repro`."""

import json
import subprocess

import pytest
import yaml

from tools.mend import mend

LOCK = yaml.safe_dump({"schema": "2.0", "stages": {"a": {"cmd": "b", "outs": [{"path": "c", "md5": "d"}]}}})


@pytest.fixture
def project(tmp_path):
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    (tmp_path / ".dvc/tmp/rwlock").write_text(json.dumps({"read": {}, "write": {}}))
    (tmp_path / "dvc.lock").write_text(LOCK)
    return tmp_path


def contents(project):
    return {path: path.read_text() for path in (project / ".dvc/tmp/rwlock", project / "dvc.lock") if path.exists()}


def test_what_is_whole_stays(project, capsys):
    before = contents(project)
    mend(project)
    assert contents(project) == before and capsys.readouterr().out == ""


@pytest.mark.parametrize("end", [0, 5])
def test_what_is_cut_short_goes(project, end, capsys):
    for path, text in contents(project).items():
        path.write_text(text[:end])
    mend(project)
    assert contents(project) == {}
    assert capsys.readouterr().out.count("\n") == 2


def test_the_committed_lock_comes_back(project):
    for command in (
        ["init", "-q"],
        ["add", "dvc.lock"],
        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t"],
    ):
        subprocess.run(["git", *command], cwd=project, check=True)
    (project / "dvc.lock").write_text(LOCK[: LOCK.index("outs") + 3])
    mend(project)
    assert (project / "dvc.lock").read_text() == LOCK


def test_there_may_be_nothing_to_mend(tmp_path):
    mend(tmp_path)
