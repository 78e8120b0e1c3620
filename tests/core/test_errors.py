"""Ctrl-C is one line from the first moment, and what was begun is closed; a full disk says where."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.core.errors import run_stage

ROOT = Path(__file__).parents[2]
LINE = "interrupted: run the same command again to continue\n"
WAIT = "import pathlib, time\npathlib.Path('begun').touch()\ntime.sleep(60)\n"
STAGE = f"""
import sys
sys.argv[0] = "-m"
from pipeline.core.errors import run_stage

def main():
    try:
        exec({WAIT!r})
    finally:
        print("closed")

run_stage(main)
"""


# A shell lets what it runs in the background ignore Ctrl-C, and so what that starts: not here.
signal.signal(signal.SIGINT, signal.default_int_handler)


def interrupted(folder, *arguments, unbuffered="1"):
    """Send Ctrl-C to a process once it waits; returns exit status, output and errors."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONUNBUFFERED": unbuffered},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (folder / "begun").exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def test_while_a_stage_is_being_imported(tmp_path):
    """As PyTorch's import, which takes seconds."""
    (tmp_path / "torch.py").write_text(WAIT)
    assert interrupted(tmp_path, "-m", "pipeline.exercises.pooling.train", "mean") == (130, "", LINE)


def test_while_a_stage_runs(tmp_path):
    assert interrupted(tmp_path, "-c", STAGE) == (130, "closed\n", LINE)


def test_what_was_printed_is_not_lost(tmp_path):
    assert interrupted(tmp_path, "-c", STAGE, unbuffered="") == (130, "closed\n", LINE)


def test_a_copy_that_finds_no_room_says_where_to():
    def copy():
        raise OSError(errno.ENOSPC, "", "from", None, "to")  # what shutil.copyfile raises on a full disk

    with pytest.raises(SystemExit, match=r"^error: No space left on device \(to\); "):
        run_stage(copy)
