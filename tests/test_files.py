"""Files and directories that appear whole or not at all."""

import errno
import os
import subprocess
import sys

import pytest

from pipeline.files import replacing, replacing_directory, write_json


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


def test_what_a_killed_process_left_is_removed(tmp_path):
    killed = f"""
import os, pathlib
from pipeline.files import replacing, replacing_directory
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
