"""Build everything again from nothing, in a throw-away copy of the project, and compare the hash of every file.

    python -m tools.verify            the default scale, against dvc.lock
    python -m tools.verify quick      another scale, built twice: one against the other

The copy has a DVC cache of its own, so that nothing is checked out instead of built; archives that were downloaded
and verified are kept here, for the next time. Only what holds measured times may differ: metrics/timing and the report.
The environment is the caller's: `taskset -c 0 make verify` builds on one core, `OMP_NUM_THREADS=1 make verify` with one
thread.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from pipeline.core.errors import run_stage
from pipeline.core.files import YAML_LOADER
from tools.scaled import ROOT, apply_scale, copy_project, repro

TIMES = ("metrics/timing", "metrics/report")  # paths that begin so
DOWNLOADS = Path(".cache/downloads")


def build(to: Path, scale: str | None, *stages: str, venv: Path = ROOT / ".venv", jobs: int | None = None) -> None:
    """Build stages (none: all) in a copy at `to`, with nothing but the archives taken from here."""
    to.mkdir(parents=True)
    (to / ".venv").symlink_to(venv)
    copy_project(to)
    (to / ".dvc/config.local").write_text("[core]\n    no_scm = true\n")
    if scale:
        apply_scale(scale, to)
    (ROOT / DOWNLOADS).mkdir(parents=True, exist_ok=True)
    (to / DOWNLOADS.parent).mkdir()
    (to / DOWNLOADS).symlink_to(ROOT / DOWNLOADS)
    if repro(to, *stages, jobs=jobs) != 0:
        sys.exit("error: the copy could not be built (see above)")


def recorded(project: Path) -> dict[str, str]:
    """Path -> hash of every file and folder that a stage read or wrote, from dvc.lock; without measured times."""
    try:
        lock = yaml.load((project / "dvc.lock").read_text(encoding="utf-8"), YAML_LOADER)
    except FileNotFoundError:
        sys.exit(f"error: {project / 'dvc.lock'} is missing: run `dvc repro` first")
    items = [item for stage in lock["stages"].values() for item in (*stage.get("deps", []), *stage.get("outs", []))]
    return {item["path"]: item.get("md5", "") for item in items if not item["path"].startswith(TIMES)}


def differences(expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """A line for each path whose hash is not the same, or that only one side has."""
    return [
        f"{path:<60} {expected.get(path, 'not there'):<36} {found.get(path, 'not there')}"
        for path in sorted({*expected, *found})
        if expected.get(path) != found.get(path)
    ]


def main() -> None:
    scales = sorted(path.stem for path in (ROOT / "scales").glob("*.yaml"))
    if len(sys.argv) > 2 or not set(sys.argv[1:]) <= set(scales):
        sys.exit(f"error: name a scale ({', '.join(scales)}), or none for the project's own")
    scale = sys.argv[1] if len(sys.argv) == 2 else None
    with tempfile.TemporaryDirectory(prefix="verify-") as name:
        first, second = Path(name, "first"), Path(name, "second")
        if scale:
            build(first, scale)
        expected = recorded(first if scale else ROOT)  # before hours of work: it may not be there
        build(second, scale)
        found = recorded(second)
    lines = differences(expected, found)
    if lines:
        print(f"{'path':<60} {'the first time' if scale else 'dvc.lock':<36} built again", *lines, sep="\n")
        sys.exit(f"error: {len(lines)} of {len(expected | found)} files and folders differ")
    print(f"all {len(found)} files and folders are the same, byte for byte")


if __name__ == "__main__":
    run_stage(main)
