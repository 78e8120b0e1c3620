"""Files and directories that appear whole or not at all."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from pipeline.core.files import how_to_build, locked, replacing, replacing_directory, write_json

ROOT = Path(__file__).parents[2]


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def test_a_failure_leaves_what_was_there(tmp_path):
    (tmp_path / "file").write_text("before")
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / "member").write_text("before")
    with pytest.raises(KeyError), replacing(tmp_path / "file") as temporary:
        temporary.write_text("half")
        raise KeyError
    with pytest.raises(KeyError), replacing_directory(tmp_path / "directory") as temporary:
        (temporary / "member").write_text("half")
        raise KeyError
    assert names(tmp_path) == ["directory", "file"]
    assert (tmp_path / "file").read_text() == (tmp_path / "directory" / "member").read_text() == "before"


def test_a_directory_is_replaced_as_a_whole(tmp_path):
    for member in ("old", "new"):
        with replacing_directory(tmp_path / "directory") as temporary:
            (temporary / member).write_text(member)
    assert names(tmp_path) == ["directory"] and names(tmp_path / "directory") == ["new"]


def test_of_a_link_to_a_directory_nothing_stays_but_what_it_points_to(tmp_path):
    (tmp_path / "disk/data").mkdir(parents=True)
    (tmp_path / "data").symlink_to(tmp_path / "disk/data")
    with replacing_directory(tmp_path / "data") as directory:
        (directory / "new").touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "disk"]
    assert (tmp_path / "data/new").exists() and not (tmp_path / "data").is_symlink()
    assert list((tmp_path / "disk").iterdir()) == [tmp_path / "disk/data"]


def test_a_directory_that_cannot_be_replaced_stays(tmp_path, monkeypatch):
    target, rename = tmp_path / "target", Path.rename
    with replacing_directory(target) as directory:
        (directory / "a").write_text("old")

    def fail(path, to):
        if to == target and ".new." in path.name:
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="Input/output error"), replacing_directory(target) as directory:
        (directory / "a").write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["target"] and (target / "a").read_text() == "old"


def test_a_name_that_is_not_ours_is_left_alone(tmp_path):
    (tmp_path / ".a.new.mine.tmp").touch()
    write_json(tmp_path / "a", 1)
    assert (tmp_path / ".a.new.mine.tmp").exists()


def test_what_a_killed_process_left_is_removed(tmp_path):
    killed = f"""
import os, pathlib
from pipeline.core.files import replacing, replacing_directory
with replacing(pathlib.Path({str(tmp_path / "file")!r})) as a:
    with replacing_directory(pathlib.Path({str(tmp_path / "directory")!r})) as b:
        a.write_text("half"), (b / "member").write_text("half")
        os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", killed]).returncode == 9
    assert len(names(tmp_path)) == 2
    write_json(tmp_path / "file", 1)
    with replacing_directory(tmp_path / "directory"):
        pass
    assert names(tmp_path) == ["directory", "file"]


def test_what_was_left_by_a_process_of_the_same_number_is_removed(tmp_path):
    """Process numbers repeat: in a container a stage may have the same one every time."""
    left = tmp_path / f".directory.new.{os.getpid()}.tmp"
    left.mkdir()
    (left / "old").write_text("half")
    with replacing_directory(tmp_path / "directory") as temporary:
        (temporary / "new").write_text("whole")
    assert names(tmp_path) == ["directory"] and names(tmp_path / "directory") == ["new"]


@pytest.mark.parametrize("place", [replacing, replacing_directory])
def test_a_full_disk_says_where(tmp_path, place):
    with pytest.raises(OSError) as error, place(tmp_path / "here"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert error.value.filename == str(tmp_path / "here") and names(tmp_path) == []


def test_what_is_not_json_is_not_written(tmp_path):
    with pytest.raises(ValueError):
        write_json(tmp_path / "file", float("nan"))
    assert names(tmp_path) == []


def outputs():
    """Every output of every stage in dvc.yaml, and the stage's name."""
    for name, stage in yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"].items():
        ((item, values),) = stage.get("matrix", {"": [""]}).items()
        for out in (out for kind in ("outs", "metrics", "plots") for out in stage.get(kind, [])):
            for value in values:
                path = next(iter(out)) if isinstance(out, dict) else out
                yield path.replace(f"${{item.{item}}}", value), f"{name}@{value}" if value else name


def test_what_builds_a_path_is_a_stage_that_dvc_knows(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = {path: how_to_build(Path(path)) for path, _ in outputs()}
    assert found == {path: f"dvc repro {stage}" for path, stage in outputs()}


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("data/raw/imdb/archive", "dvc repro fetch@imdb"),
        ("data/prepared/series/sunspots.arrow", "dvc repro prepare@series"),
        ("models/char_lm/t16_h128/seed_1.safetensors", "dvc repro char_lm@t16_h128"),
        ("models/word2vec/vectors.arrow", "dvc repro word2vec"),
        ("models/char_lm/of_no_variant/seed_1.safetensors", "dvc repro"),
        ("/elsewhere/models/vocabulary.json", "dvc repro"),
    ],
)
def test_what_builds_a_file_in_an_output(path, command, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert how_to_build(Path(path)) == command


@pytest.mark.parametrize("graph", [None, "stages: [", "stages: [1]", "", "stages: {a: {outs: {b: 1}, matrix: 2}}"])
def test_without_a_usable_dvc_yaml_everything_is_built(tmp_path, monkeypatch, graph):
    monkeypatch.chdir(tmp_path)
    if graph is not None:
        Path("dvc.yaml").write_text(graph)
    assert how_to_build(Path("models/word2vec")) == "dvc repro"


def test_waiting_for_a_lock_is_said(tmp_path):
    code = f"""
import pathlib, time
from pipeline.core.files import locked
with locked(pathlib.Path({str(tmp_path / "lock")!r}), "another"):
    pathlib.Path({str(tmp_path / "begun")!r}).touch()
    time.sleep({{}})
"""
    first = subprocess.Popen([sys.executable, "-c", code.format(2)], stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "begun").exists():
        assert first.poll() is None
        time.sleep(0.01)
    with pytest.raises(BlockingIOError), locked(tmp_path / "lock", wait=False):
        pytest.fail("two at once")
    second = subprocess.run([sys.executable, "-c", code.format(0)], stderr=subprocess.PIPE, text=True)
    assert (second.returncode, second.stderr) == (0, "waiting for another\n")
    assert (first.wait(), first.stderr.read()) == (0, "")


def test_the_lock_of_a_process_that_was_killed_is_let_go(tmp_path):
    code = f"""
import os, pathlib
from pipeline.core.files import locked
with locked(pathlib.Path({str(tmp_path / "lock")!r})):
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 9
    with locked(tmp_path / "lock", wait=False):
        assert (tmp_path / "lock").exists()
