"""What every benchmark shares: medians of interleaved repeats, the record of a figure, the machine it was taken on."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import torch

from pipeline.core.errors import PipelineError
from pipeline.training.device import cores

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks/results.json"
FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
RISING, FALLING = "at least", "at most"


@dataclass(frozen=True)
class Result:
    """One figure: what came out, what was asked for, and the medians it was computed from."""

    key: str
    value: float
    unit: str
    medians: Mapping[str, float]  # what was measured, named with its unit
    repeats: int
    target: float | None = None
    bound: str = RISING  # whether the value is to reach the target or stay within it
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.value >= self.target if self.bound == RISING else self.value <= self.target

    def record(self) -> dict[str, Any]:
        """What goes to JSON, with numbers of as many digits as they are worth."""
        rounded = {name: significant(value) for name, value in self.medians.items()}
        target = None if self.target is None else significant(self.target)
        fields = asdict(self) | {"value": significant(self.value), "target": target, "medians": rounded}
        del fields["key"]
        return fields | {"met": self.met}


def significant(value: float, digits: int = 4) -> float:
    return float(f"{value:.{digits}g}")


def interleaved(
    sides: Mapping[str, Callable[[], float]], repeats: int, budget: float = float("inf"), least: int = 3
) -> dict[str, list[float]]:
    """Measure every side in turn, again and again, so that whatever else the machine does affects all of them alike.

    Args:
        sides: name -> does the work once and returns seconds (or whatever it measures).
        repeats: rounds.
        budget: seconds after which no further round begins, once there are `least` of them.

    Returns:
        name -> one value a round.
    """
    values: dict[str, list[float]] = {name: [] for name in sides}
    started = time.perf_counter()
    for done in range(repeats):
        if done >= least and time.perf_counter() - started > budget:
            break
        for name, side in sides.items():
            values[name].append(side())
    return values


def medians(values: Mapping[str, list[float]]) -> dict[str, float]:
    return {name: statistics.median(taken) for name, taken in values.items()}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def child(*command: str, cwd: Path = ROOT, environment: Mapping[str, str] | None = None) -> subprocess.Popen:
    """Start a command that finds this project's packages from any folder; `answer` reads its output."""
    merged = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    return subprocess.Popen(command, cwd=cwd, env=merged, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def answer(process: subprocess.Popen) -> Any:
    """The JSON on the last line that a child printed.

    Raises:
        PipelineError: it failed.
    """
    out, err = process.communicate()
    if process.returncode:
        last = (err.strip() or out.strip() or "no output").splitlines()[-1]
        raise PipelineError(f"`{process.args!r}` failed: {last}")
    return json.loads(out.strip().splitlines()[-1])


def machine() -> dict[str, Any]:
    """Processor, cores, the instructions that matter for matrix products, and torch."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    fields = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    flags = fields.get("flags", "").split()
    return {
        "processor": fields.get("model name", "unknown"),
        "cores": cores(),
        "flags": [flag for flag in FLAGS if flag in flags],
        "torch": torch.__version__,
        "torch_threads": torch.get_num_threads(),
    }


def others() -> float:
    """The share of the machine's cores that other programs use, while this one waits two seconds."""
    return psutil.cpu_percent(2) / 100


def commit() -> str | None:
    """Which code is measured: git's short hash, with a + where any file but the figures' own differs from it."""

    def git(*arguments: str) -> str:
        command = ["git", "--no-optional-locks", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", ".", f":!{RESULTS.relative_to(ROOT)}")
        return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def import_torch() -> float:
    """Seconds that a new Python takes to import PyTorch: what every command and stage pays first."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.perf_counter() - began
