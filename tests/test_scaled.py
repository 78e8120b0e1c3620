"""Copies of the project at another scale."""

import subprocess
import sys

from tools.scaled import ROOT, alone, copy_project


def test_a_second_one_does_not_disturb_the_first(tmp_path):
    command = [sys.executable, "-m", "tools.scaled", "quick", str(tmp_path / "copy")]
    with alone(tmp_path / "copy"):
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert second.returncode == 1
    assert second.stderr == f"error: {(tmp_path / 'copy').resolve()} is being built by another process: wait for it\n"
    assert [path.name for path in (tmp_path / "copy").iterdir()] == [".scaled.tmp"]


def test_a_copy_finds_a_project_that_has_moved(tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / ".venv").symlink_to(tmp_path / "where it was")
    copy_project(copy)
    assert (copy / ".venv").readlink() == ROOT / ".venv"
