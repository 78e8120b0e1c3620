"""Stages as the graph runs them: three seeds against one, and the time from a stage's start to its first batch.

They run for real in a throw-away copy of the project, changed from outside only (hooks/sitecustomize.py).
"""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import yaml

from benchmarks.measure import FALLING, ROOT, Result, import_torch, interleaved, medians
from pipeline.core.errors import PipelineError
from pipeline.training.device import cores
from tools.scaled import copy_project

HOOKS = ROOT / "benchmarks/hooks"
STARTED = (("sentiment", "lstm"), ("next_value", "lstm"), ("tagging", "uni"))
TIMEOUT = 120  # seconds in which a stage has begun to train


def seeds_side_by_side() -> Iterator[Result]:
    """The wall time of `sentiment lstm`, one epoch, with its seeds side by side, over one seed that has all cores."""
    with project() as copy:
        seeds = change(copy)["seeds"]
        change(copy, seeds=seeds[:1], epochs=1)
        stage(copy, "sentiment", "lstm")  # makes the tracking store

        def one() -> float:
            change(copy, seeds=seeds[:1])
            return stage(copy, "sentiment", "lstm", BENCHMARK_THREADS=str(cores()))

        def all_of_them() -> float:
            change(copy, seeds=seeds)
            return stage(copy, "sentiment", "lstm")

        many = f"{len(seeds)}_seeds_s"
        found = medians(interleaved({"one_seed_all_cores_s": one, many: all_of_them}, repeats=3))
    value = found[many] / found["one_seed_all_cores_s"]
    note = "`python -m pipeline.exercises.sentiment.train lstm`, one epoch, start-up, tracking and testing included"
    yield Result("seeds_side_by_side", value, "times", found, 3, 1.8, FALLING, note)


def stage_startup() -> Iterator[Result]:
    """Seconds from a stage's start to its first seed's first batch, against 1.5 times `import torch` plus one."""
    with project() as copy:
        for exercise, variant in STARTED:
            sides: dict[str, Callable[[], float]] = {
                "import_torch_s": import_torch,
                "first_batch_s": partial(first_batch, copy, exercise, variant),
            }
            for side in sides.values():
                side()  # files into the page cache, the tracking store made
            found = medians(interleaved(sides, repeats=5))
            yield Result(
                f"stage_startup/{exercise}_{variant}",
                found["first_batch_s"],
                "s",
                found,
                5,
                1.5 * found["import_torch_s"] + 1,
                FALLING,
                note="target: 1.5 times import torch, plus 1 s; from the process's start to the first batch of a seed",
            )


@contextmanager
def project() -> Iterator[Path]:
    """A copy of the project with its prepared data."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        copy = Path(name).resolve() / "project"
        copy.mkdir()
        copy_project(copy)
        (copy / "dvc.lock").write_bytes((ROOT / "dvc.lock").read_bytes())  # tracking reads the data's hashes there
        (copy / "data").mkdir(exist_ok=True)
        (copy / "data/prepared").symlink_to(ROOT / "data/prepared")
        yield copy


def change(copy: Path, seeds: list[int] | None = None, epochs: int | None = None) -> dict:
    """Rewrite the copy's parameters; returns them."""
    path = copy / "params.yaml"
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    values["seeds"] = seeds or values["seeds"]
    values["sentiment"]["epochs"] = epochs or values["sentiment"]["epochs"]
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return values


def start(copy: Path, exercise: str, variant: str, log: Path, **hooks: str) -> subprocess.Popen:
    """Start a stage as DVC does, in a process group of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    environment |= {"PYTHONPATH": str(HOOKS), **hooks}
    command = [str(copy / ".venv/bin/python"), "-m", f"pipeline.exercises.{exercise}.train", variant]
    with log.open("w") as stream:
        return subprocess.Popen(
            command, cwd=copy, env=environment, stdout=stream, stderr=stream, start_new_session=True
        )


def stage(copy: Path, exercise: str, variant: str, **hooks: str) -> float:
    """Run a stage to its end; returns seconds."""
    log = copy.parent / "log"
    began = time.perf_counter()
    process = start(copy, exercise, variant, log, **hooks)
    try:
        if process.wait():
            raise failure(exercise, log)
    finally:
        end(process)
    return time.perf_counter() - began


def first_batch(copy: Path, exercise: str, variant: str) -> float:
    """Seconds from a stage's start to its first batch; the stage is ended then."""
    log, mark = copy.parent / "log", copy.parent / "mark"
    mark.unlink(missing_ok=True)
    began = time.time()
    process = start(copy, exercise, variant, log, BENCHMARK_MARK=str(mark))
    try:
        while not mark.exists():
            if process.poll() is not None or time.time() - began > TIMEOUT:
                raise failure(exercise, log)
            time.sleep(0.01)
        time.sleep(0.01)  # the mark's content follows its name
        return float(mark.read_text()) - began
    finally:
        end(process)


def end(process: subprocess.Popen) -> None:
    """End a stage and its workers."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def failure(exercise: str, log: Path) -> PipelineError:
    lines = log.read_text(encoding="utf-8").strip().splitlines()
    return PipelineError(f"{exercise} did not train: {lines[-1] if lines else 'it said nothing'}")
