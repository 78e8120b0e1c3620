"""`dvc repro` with nothing to do, against DVC with as many stages of no substance."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import yaml

from benchmarks.measure import FALLING, ROOT, Result, interleaved, medians
from pipeline.errors import PipelineError

DVC = Path(sys.executable).with_name("dvc")


def noop_repro() -> Iterator[Result]:
    if "Running stage" in (dry := dvc(ROOT, "repro", "--dry")):
        first = next(line for line in dry.splitlines() if "Running stage" in line)
        raise PipelineError(f"something changed ({first.strip()} ...): run `make repro` first")
    count = len(yaml.safe_load((ROOT / "dvc.lock").read_text(encoding="utf-8"))["stages"])
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        trivial = Path(name)
        make_trivial(trivial, count)
        found = medians(
            interleaved({"ours_s": partial(seconds, ROOT), "trivial_s": partial(seconds, trivial)}, repeats=5)
        )
    note = f"{count} stages; a trivial one copies a file of one line"
    yield Result("noop_repro", found["ours_s"] / found["trivial_s"], "times", found, 5, 1.2, FALLING, note)


def make_trivial(folder: Path, count: int) -> None:
    """A project of `count` stages that have run."""
    (folder / "in").mkdir()
    stages = {}
    for i in range(count):
        (folder / f"in/{i}").write_text(f"{i}\n")
        stages[f"copy_{i}"] = {"cmd": f"cp in/{i} out_{i}", "deps": [f"in/{i}"], "outs": [f"out_{i}"]}
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    dvc(folder, "init", "--quiet")
    dvc(folder, "config", "core.analytics", "false")
    dvc(folder, "repro", "--quiet")


def seconds(folder: Path) -> float:
    began = time.perf_counter()
    dvc(folder, "repro", "--quiet")
    return time.perf_counter() - began


def dvc(folder: Path, *arguments: str) -> str:
    done = subprocess.run([DVC, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise PipelineError(f"`dvc {' '.join(arguments)}` failed: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout
