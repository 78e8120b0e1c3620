"""Stages side by side against one after another: this graph with stand-ins for its commands, and the quick graph."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from benchmarks.measure import FALLING, ROOT, Result, interleaved, medians
from benchmarks.repro import DVC
from pipeline.core.errors import PipelineError
from pipeline.core.files import YAML_LOADER
from tools.side_by_side.plan import SHORT, alone, expected, urgency
from tools.verify import build

SECONDS = 4  # that every stand-in takes
JOBS = (2, 8)
FLOOR = 1.2  # seconds a stage for which DVC holds its lock, in the simulation


def parallel() -> Iterator[Result]:
    """Plain `dvc repro` against `make repro JOBS=n`, from nothing: stand-ins here, a simulation for more cores."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        make_stand_in(folder / "graph")
        sides = {"dvc_floor_s": partial(seconds, folder / "graph", 0, None)}
        sides["plain_s"] = partial(seconds, folder / "graph", SECONDS, None)
        sides |= {f"jobs_{jobs}_s": partial(seconds, folder / "graph", SECONDS, jobs) for jobs in JOBS}
        found = medians(interleaved(sides, repeats=1))
        for jobs in JOBS:
            yield Result(
                f"parallel/stand_ins/jobs_{jobs}", found[f"jobs_{jobs}_s"] / found["plain_s"], "of plain dvc repro",
                found, 1, 0.35 if jobs == max(JOBS) else None, FALLING,
                f"this graph, every command a stand-in of {SECONDS} s; dvc_floor_s: plain, with commands of 0 s",
            )  # fmt: skip
    for machine, jobs in ((4, 2), (16, 5), (64, 21)):
        found = {"one_by_one_s": simulated(machine, 1), "side_by_side_s": simulated(machine, jobs)}
        yield Result(
            f"parallel/simulated/cores_{machine}", found["side_by_side_s"] / 60, "min", found, 1,
            9 if machine == 16 else None, FALLING,
            f"a simulation, not a measurement, from the committed processor times; "
            f"{jobs} jobs, a core for each of three seeds, longest first",
        )  # fmt: skip


def parallel_quick() -> Iterator[Result]:
    """The real graph at its smallest scale, one stage after another and two at a time."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        sides = {f"jobs_{jobs}_s": partial(quick, Path(name, "quick"), jobs) for jobs in (1, 2)}
        found = medians(interleaved(sides, repeats=1))
        value = found["jobs_2_s"] / found["jobs_1_s"]
        note = "everything set up, archives downloaded; the same bytes"
        yield Result("parallel_quick/jobs_2", value, "of one after another", found, 1, 1, FALLING, note)


def make_stand_in(folder: Path) -> None:
    """This project's graph, in which `stage.sh` sleeps and copies small files to where a stage's outputs go."""
    text = (ROOT / "dvc.lock").read_text(encoding="utf-8")
    for name, entry in yaml.load(text, YAML_LOADER)["stages"].items():
        for out in entry["outs"]:
            path = folder / "outputs" / name / out["path"]
            files = [path / str(number) for number in range(out["nfiles"])] if "nfiles" in out else [path]
            for file in files:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(f"{name} {file.name}\n")
    for path in ("pipeline", "imports", "params.yaml", "numerics.lock"):
        if (ROOT / path).is_dir():
            shutil.copytree(ROOT / path, folder / path, symlinks=True)
        else:
            shutil.copy2(ROOT / path, folder / path)
    graph: dict[str, Any] = yaml.load((ROOT / "dvc.yaml").read_text(encoding="utf-8"), YAML_LOADER)
    for name, stage in graph["stages"].items():
        item = next((f"@${{item.{key}}}" for key in stage.get("matrix", ())), "")
        stage["cmd"] = f"sh stage.sh {name}{item}"
    (folder / "dvc.yaml").write_text(yaml.safe_dump(graph, sort_keys=False), encoding="utf-8")
    (folder / "stage.sh").write_text('sleep "$(cat seconds)"\ncp -r "outputs/$1/." .\n')
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    dvc(folder, "init", "--quiet")
    dvc(folder, "config", "core.analytics", "false")


def seconds(folder: Path, each: int, jobs: int | None) -> float:
    """From nothing, with stand-ins of so many seconds; by plain `dvc repro`, or so many jobs."""
    (folder / "seconds").write_text(f"{each}\n")
    (folder / "dvc.lock").unlink(missing_ok=True)
    shutil.rmtree(folder / ".dvc/cache", ignore_errors=True)
    began = time.perf_counter()
    if jobs is None:
        dvc(folder, "repro", "--quiet")
    else:
        environment = {"PYTHONPATH": str(ROOT), "PATH": f"{DVC.parent}:/usr/bin:/bin"}
        command = [sys.executable, "-m", "tools.repro", "--jobs", str(jobs)]
        subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def quick(folder: Path, jobs: int) -> float:
    """The whole graph at the quick scale, from nothing; archives are not downloaded again."""
    shutil.rmtree(folder, ignore_errors=True)
    began = time.perf_counter()
    build(folder, "quick", jobs=jobs)
    return time.perf_counter() - began


def simulated(machine: int, jobs: int) -> float:
    """Seconds that all stages take in list scheduling, the most urgent first, from the committed processor times."""
    lock = yaml.load((ROOT / "dvc.lock").read_text(encoding="utf-8"), YAML_LOADER)["stages"]
    makes = {out["path"]: stage for stage, entry in lock.items() for out in entry["outs"]}

    def before(stage: str) -> list[str]:
        paths = [dep["path"] for dep in lock[stage]["deps"]]
        return [maker for out, maker in makes.items() if any(Path(out).is_relative_to(path) for path in paths)]

    waits = {stage: before(stage) for stage in lock}
    committed, own, timed = expected(ROOT), min(3, machine / jobs), alone()

    def takes(stage: str) -> float:
        return SHORT + (committed(stage) - SHORT) / (1 if stage in timed else own)  # timed: one seed after another

    urgent = urgency(waits, takes)
    ended: dict[str, float] = {}
    free, lock_free = [0.0] * jobs, 0.0
    left = {stage for stage in waits if stage not in timed and timed.isdisjoint(waits[stage])}
    left -= {stage for stage in left if not set(waits[stage]) <= left}
    while left:
        place = free.index(min(free))
        ready = [stage for stage in left if ended.keys() >= set(waits[stage])]
        begins = min(max([free[place], *(ended[one] for one in waits[stage])]) for stage in ready)
        now = [s for s in ready if max([free[place], *(ended[one] for one in waits[s])]) <= begins]
        stage = max(now, key=lambda one: (urgent[one], one))
        lock_free = max(begins + takes(stage), lock_free) + FLOOR
        free[place] = ended[stage] = lock_free
        left.remove(stage)
    last = [stage for stage in waits if stage not in ended]
    return max(ended.values()) + sum(takes(stage) + FLOOR for stage in last)


def dvc(folder: Path, *arguments: str) -> None:
    done = subprocess.run([DVC, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise PipelineError(f"`dvc {' '.join(arguments)}` failed: {done.stderr.strip().splitlines()[-1]}")
