"""`dvc repro` with nothing to do, against DVC with as many stages of no substance."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from benchmarks.measure import FALLING, ROOT, Result, interleaved, medians
from pipeline.core.errors import PipelineError

DVC = Path(sys.executable).with_name("dvc")


def noop_repro() -> Iterator[Result]:
    if "Running stage" in (dry := dvc(ROOT, "repro", "--dry")):
        first = next(line for line in dry.splitlines() if "Running stage" in line)
        raise PipelineError(f"something changed ({first.strip()} ...): run `make repro` first")
    stages = yaml.safe_load((ROOT / "dvc.lock").read_text(encoding="utf-8"))["stages"].values()
    count = len(stages)
    deps = round(sum(files(dep) for stage in stages for dep in stage.get("deps", ())) / count)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        sides = {"ours_s": partial(seconds, ROOT)}
        for kind, more in (("trivial", 0), ("as_many_deps", deps - 1)):
            folder = Path(name) / kind
            make_trivial(folder, count, more)
            sides[f"{kind}_s"] = partial(seconds, folder)
        found = medians(interleaved(sides, repeats=5))
    note = f"{count} stages; a trivial one copies a file of one line"
    yield Result("noop_repro", found["ours_s"] / found["trivial_s"], "times", found, 5, 1.2, FALLING, note)
    note += f", and depends on {deps} files as ours do on average"
    value = found["ours_s"] / found["as_many_deps_s"]
    yield Result("noop_repro/as_many_deps", value, "times", found, 5, 1.5, FALLING, note)


def files(dep: Mapping[str, Any]) -> int:
    """How many dependencies one of dvc.lock stands for: a folder in imports/ for as many files as it links."""
    return dep["nfiles"] if dep["path"].startswith("imports/") else 1


def make_trivial(folder: Path, count: int, more: int) -> None:
    """A project of `count` stages that have run, each of which depends on a file of its own and `more` of all."""
    (folder / "in").mkdir(parents=True)
    shared = [f"in/shared_{i}" for i in range(more)]
    for name in shared:
        (folder / name).write_text(f"{name}\n")
    stages = {}
    for i in range(count):
        (folder / f"in/{i}").write_text(f"{i}\n")
        stages[f"copy_{i}"] = {"cmd": f"cp in/{i} out_{i}", "deps": [f"in/{i}", *shared], "outs": [f"out_{i}"]}
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
