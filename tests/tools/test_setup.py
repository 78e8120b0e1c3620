"""`make setup` installs when it has to, and only then."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path):
    """With an environment that is set up, but for its packages."""
    folder = tmp_path / "a project"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=folder, check=True)
    for name in ("requirements.lock", ".venv/installed.lock"):
        (folder / name).write_text("numpy==2.0.0\n")
    return folder


def installs(folder):
    """Whether `make setup` would install: `false` is no Python, so it does not get far."""
    command = ["make", "setup", "PYTHON=false"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True).returncode != 0


def test_what_is_set_up_stays(project, tmp_path):
    assert not installs(project)
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy/.venv").symlink_to(project / ".venv")  # as that of a copy at another scale
    for name in ("Makefile", "requirements.lock"):
        shutil.copy(project / name, tmp_path / "copy")
    assert not installs(tmp_path / "copy")


def test_other_packages_are_installed(project):
    (project / "requirements.lock").write_text("numpy==2.0.1\n")
    assert installs(project)


def test_a_project_that_was_moved_or_copied_is_set_up_again(project, tmp_path):
    shutil.copytree(project, tmp_path / "copied", symlinks=True)
    assert installs(tmp_path / "copied")
    project.rename(tmp_path / "moved")
    assert installs(tmp_path / "moved")


def test_an_environment_whose_python_is_gone_is_made_again(project):
    (project / ".venv/bin/python").unlink()
    (project / ".venv/bin/python").symlink_to("/nowhere/python3")
    assert installs(project)
