"""What DVC leaves when it is killed while it writes does not stop the next `make repro`."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml
from dvc.schema import COMPILED_LOCKFILE_SCHEMA

from pipeline.core.errors import PipelineError
from pipeline.core.files import YAML_LOADER as LOADER
from tools import mend as module
from tools.mend import mend

LOCK = yaml.safe_dump({"schema": "2.0", "stages": {"a": {"cmd": "b", "outs": [{"path": "c", "md5": 32 * "d"}]}}})


REAL = (Path(__file__).parents[2] / "dvc.lock").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.01)


@pytest.fixture
def project(tmp_path):
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    (tmp_path / ".dvc/tmp/rwlock").write_text(json.dumps({"read": {}, "write": {}}))
    (tmp_path / "dvc.lock").write_text(LOCK)
    return tmp_path


def contents(project):
    return {path: path.read_text() for path in (project / ".dvc/tmp/rwlock", project / "dvc.lock") if path.exists()}


def test_a_merge_is_not_thrown_away(project):
    conflict = LOCK + "<<<<<<< HEAD\n" + LOCK + "=======\n" + LOCK + ">>>>>>> other\n"
    (project / "dvc.lock").write_text(conflict)
    with pytest.raises(PipelineError, match="git checkout --ours dvc.lock"):
        mend(project)
    assert (project / "dvc.lock").read_text() == conflict


def held_by(project, pid):
    """Say in rwlock that a process reads a file."""
    held = {"read": {"data/a": [{"pid": pid, "cmd": "dvc repro"}]}, "write": {}}
    (project / ".dvc/tmp/rwlock").write_text(json.dumps(held))


def test_a_lock_of_nobody_goes(project):
    """Of a number that a process which is no DVC has now, or that no process has."""
    for pid in (os.getpid(), 2**22 - 1):
        held_by(project, pid)
        mend(project)
        assert not (project / ".dvc/tmp/rwlock").exists()


def test_what_is_whole_stays(project, capsys):
    with subprocess.Popen([sys.executable, "-c", "input()", "dvc"], stdin=subprocess.PIPE) as dvc:
        held_by(project, dvc.pid)
        before = contents(project)
        mend(project)
        assert contents(project) == before and capsys.readouterr().out == ""
        dvc.communicate()
    (project / ".dvc/tmp/rwlock").unlink()
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


@pytest.mark.parametrize("end", range(8192, len(REAL), 4 * 8192))
def test_wherever_a_lock_is_cut_dvc_can_read_what_is_left(project, end):
    """It is written 8,192 bytes at a time."""
    path = project / "dvc.lock"
    path.write_text(REAL[:end])
    mend(project)
    assert not path.exists() or COMPILED_LOCKFILE_SCHEMA(yaml.load(path.read_text(), LOADER))


def test_what_is_no_text_goes(project):
    for path in contents(project):
        path.write_bytes(b"\xff\xfe\x00")
    mend(project)
    assert contents(project) == {}


def test_what_is_being_written_is_let_be(project, monkeypatch, capsys):
    monkeypatch.setattr(module, "PAUSE", 0.4)
    path = project / "dvc.lock"
    path.write_text(LOCK[:20])
    writer = threading.Timer(0.2, path.write_text, [LOCK])
    writer.start()
    mend(project)
    writer.join()
    assert path.read_text() == LOCK and capsys.readouterr().out == ""


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
