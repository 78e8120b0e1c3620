"""Copies of the project at another scale."""

import shutil
import subprocess
import sys

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.params import read_params
from tools import scaled
from tools.scaled import ROOT, alone, apply_scale, copy_project, overlaid


def test_a_second_one_does_not_disturb_the_first(tmp_path):
    command = [sys.executable, "-m", "tools.scaled", "quick", str(tmp_path / "copy")]
    with alone(tmp_path / "copy"):
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert second.returncode == 1
    assert second.stderr == f"error: {(tmp_path / 'copy').resolve()} is being built by another process: wait for it\n"
    assert {path.name for path in (tmp_path / "copy").iterdir()} - {".scaled.lock.tmp"} == {".scaled.tmp"}


def test_an_unknown_scale_is_one_line():
    done = subprocess.run([sys.executable, "-m", "tools.scaled", "nope"], cwd=ROOT, capture_output=True, text=True)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1 and line.startswith("error: there is no scale 'nope': name one of full, ")


def test_one_after_another_may_build_a_copy(tmp_path):
    for _ in range(2):
        with alone(tmp_path / "copy"):
            (tmp_path / "copy/params.yaml").touch()


def test_what_is_no_copy_stays_as_it_is(tmp_path):
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline/mine.py").touch()
    for folder in (tmp_path, ROOT, ROOT.parent):
        with pytest.raises(PipelineError, match="holds something else, which a copy would overwrite"), alone(folder):
            pass
    assert [path.name for path in tmp_path.rglob("*")] == ["pipeline", "mine.py"]


@pytest.mark.parametrize("text", ["seeds: [1", "", "seeds: [1]\n", "corpora: {imdb: {edition: unheard}}\n"])
def test_a_mistake_is_one_line_before_anything_runs(tmp_path, text):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(PipelineError, match="params.yaml"):
        apply_scale("quick", tmp_path)


def test_a_section_of_an_exercise_that_was_removed_is_left_out(capsys):
    values = read_params(ROOT / "params.yaml")
    whole = overlaid(values, "published")
    assert capsys.readouterr().err == ""
    speech = values.pop("speech")
    assert overlaid(values, "published") == {name: section for name, section in whole.items() if name != "speech"}
    assert capsys.readouterr().err == "scales/published.yaml: left out speech, which params.yaml does not have\n"
    assert whole["speech"] != speech


def test_a_mistake_in_a_scale_names_it(tmp_path, monkeypatch):
    monkeypatch.setattr(scaled, "SCALES", tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "mine.yaml").write_text("speech: {epohcs: 3}\n")
    with pytest.raises(PipelineError, match=r"^scales/mine.yaml does not fit .*: speech.epohcs: unknown key$"):
        apply_scale("mine", tmp_path)


def test_a_copy_finds_a_project_that_has_moved(tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / ".venv").symlink_to(tmp_path / "where it was")
    copy_project(copy)
    assert (copy / ".venv").readlink() == ROOT / ".venv"
