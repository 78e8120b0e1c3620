"""Ctrl-C, a second `dvc repro`, a full disk, a damaged checkpoint: said in one line, and nothing is lost."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.long.copies import ENVIRONMENT, entry, epochs, forget, is_stage, leftovers, repro

STAGE = "parity@lstm"
SURELY = 4  # seconds that the stage takes at the least
# DVC's refusals (dvc/rwlock.py, dvc/lock.py): the first of two runs the stage, or it reads and writes dvc.lock.
BUSY = r"' is busy, it is being blocked by:\n  \(PID \d+\): |Unable to acquire lock\. Most likely another DVC process "


@pytest.fixture(scope="module")
def undisturbed(disturbed):
    repro(disturbed, STAGE)
    return entry(disturbed, STAGE)


def start(project, stage=STAGE):
    """`dvc repro` of a stage that was forgotten, in a process group of its own."""
    return subprocess.Popen(
        ["dvc", "repro", "--no-run-cache", "--single-item", stage],
        cwd=project, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def stage_runs(dvc):
    return any(is_stage(child) for child in psutil.Process(dvc.pid).children(recursive=True))


@pytest.mark.parametrize("moment", [0.1, 0.5, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16])
def test_control_c_is_one_line(disturbed, undisturbed, moment):
    """Seconds after the stage began. DVC adds a line of its own."""
    forget(disturbed, STAGE)
    dvc = start(disturbed)
    wait_for(lambda: stage_runs(dvc))
    time.sleep(moment)
    running = stage_runs(dvc)
    os.killpg(dvc.pid, signal.SIGINT)
    printed = dvc.communicate(timeout=120)[0]
    assert "Traceback" not in printed, printed
    lines = len(re.findall("^interrupted: ", printed, flags=re.MULTILINE))
    if moment <= SURELY:
        assert running and lines == 1, printed
    assert lines <= 1 and (dvc.returncode != 0 or lines == 0), printed  # late signals may find DVC alone
    repro(disturbed, "--single-item", STAGE)
    assert entry(disturbed, STAGE) == undisturbed and not leftovers(disturbed)


def test_the_second_of_two_says_that_the_first_is_at_work(disturbed, undisturbed):
    forget(disturbed, STAGE)
    first = start(disturbed)
    wait_for(lambda: stage_runs(first))
    second = start(disturbed)
    printed = second.communicate(timeout=300)[0]
    assert second.returncode != 0
    assert re.search(BUSY, printed) and "Traceback" not in printed, printed
    print(f"\nthe second says: {printed.strip().splitlines()}")
    assert first.wait(300) == 0
    assert entry(disturbed, STAGE) == undisturbed


def test_a_damaged_checkpoint_is_noticed(disturbed, undisturbed):
    forget(disturbed, STAGE)
    dvc = start(disturbed)
    wait_for(lambda: len(epochs(disturbed, STAGE)) == 2)
    os.killpg(dvc.pid, signal.SIGKILL)
    dvc.wait()
    for path in (disturbed / ".cache/checkpoints").rglob("checkpoint.safetensors"):
        content = bytearray(path.read_bytes())
        content[-10] ^= 1
        path.write_bytes(content)
    printed = repro(disturbed, "--single-item", STAGE)
    assert len(re.findall(r"^warning: checkpoint .* is damaged", printed, flags=re.MULTILINE)) == 2
    assert entry(disturbed, STAGE) == undisturbed


@pytest.fixture
def small_disk(tmp_path):
    """An empty disk of 32 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", disk], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"this user cannot mount a small disk: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def results(disk):
    """The contents of what a stage wrote, but for measured times."""
    files = [path for folder in ("data", "metrics", "models") for path in (disk / folder).rglob("*") if path.is_file()]
    return {p.relative_to(disk): p.read_bytes() for p in files if "timing" not in p.parts}


@pytest.mark.parametrize(
    "command",
    [
        "pipeline.corpora.sources.fetch digits",
        "pipeline.corpora.prepare parity",
        "pipeline.exercises.next_value.train gru",
    ],
)
def test_a_full_disk_is_one_line(disturbed, small_disk, command):
    """The end of the disk is met in many places: what is written is whole, and room is all that is missing."""
    (small_disk / "data").mkdir()
    for name in ("params.yaml", "numerics.lock"):
        shutil.copy(disturbed / name, small_disk)
    if "fetch" not in command:
        (small_disk / "data/raw").symlink_to(disturbed / "data/raw")
    if "exercises" in command:
        (small_disk / "data/prepared").symlink_to(disturbed / "data/prepared")

    def run():
        return subprocess.run(
            [sys.executable, "-m", *command.split()],
            cwd=small_disk, env=ENVIRONMENT | {"PYTHONPATH": str(disturbed)}, capture_output=True, text=True,
        )  # fmt: skip

    def clear():
        for name in ("data/raw", "data/prepared", "data/predictions", "models", "metrics", ".cache", "mlartifacts"):
            if not (small_disk / name).is_symlink():
                shutil.rmtree(small_disk / name, ignore_errors=True)
        for path in small_disk.glob("mlflow.db*"):
            path.unlink()

    assert (done := run()).returncode == 0, done.stderr
    whole = results(small_disk)
    ballast, failures = small_disk / "ballast", []
    for free in (0, 4, 16, 64, 256, 700, 1000, 1300, 2048, 4000):  # kilobytes
        clear()
        ballast.unlink(missing_ok=True)
        room = shutil.disk_usage(small_disk).free - free * 1024
        with ballast.open("wb") as stream:
            stream.write(bytes(room))
        done = run()
        if done.returncode != 0:
            errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
            failures.append(f"{free} KB free: {errors}")
            assert len(errors) == 1 and not errors[0].startswith("error: No space left on device;")  # without a place
            assert "Traceback" not in done.stderr, done.stderr
        assert all(whole[path] == content for path, content in results(small_disk).items())
        assert not leftovers(small_disk)
        ballast.unlink()
        assert (done := run()).returncode == 0, done.stderr
        assert results(small_disk) == whole
    assert failures
    print(f"\n{command}:", *failures, sep="\n  ")
