"""A file that a user named is replaced whole, and stays what it was: a link, a mode, an owner."""

import os

import pytest

from pipeline.answering.user_file import user_file
from pipeline.core.errors import PipelineError


def test_a_file_that_a_user_named_keeps_its_link_and_mode(tmp_path):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("before")
    file.chmod(0o640)
    link.symlink_to(file)
    with user_file(link) as temporary:
        temporary.write_text("after")
    assert link.is_symlink() and file.read_text() == "after" and file.stat().st_mode & 0o777 == 0o640
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "new")
    with user_file(dangling) as temporary:
        temporary.write_text("after")
    assert dangling.is_symlink() and (tmp_path / "new").read_text() == "after"
    if os.getuid() == 0:
        os.chown(file, 1234, 1234)
        with user_file(file) as temporary:
            temporary.write_text("after")
        assert (file.stat().st_uid, file.stat().st_gid) == (1234, 1234)


@pytest.mark.parametrize("kind", ["pipe", "directory", "link to a pipe"])
def test_what_is_no_file_is_not_replaced_by_one(tmp_path, kind):
    path = tmp_path / "it"
    if kind == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    if kind == "link to a pipe":
        (tmp_path / "link").symlink_to(path)
    before = path.stat().st_ino
    asked = tmp_path / "link" if kind == "link to a pipe" else path
    with pytest.raises(PipelineError, match="not a regular file"), user_file(asked):
        pass
    assert path.stat().st_ino == before
