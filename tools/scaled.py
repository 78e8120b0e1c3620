"""Run the whole graph at another scale, in a copy of the project: a throw-away one, or one that stays.

    python -m tools.scaled quick [--jobs N]
    python -m tools.scaled full runs/full      the folder stays: run this again to continue, or to rerun what changed

The copy shares the virtual environment and DVC's cache, so that corpora already fetched are not fetched again; the
project's own parameters, data, models and metrics stay as they are.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import yaml

import tools.repro
from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import locked, read_json
from pipeline.core.params import PARAMS, read_yaml
from pipeline.registry import exercises
from tools.check import check
from tools.repro import positive

ROOT = Path(__file__).parents[1]
SCALES = ROOT / "scales"
MARK = ".scaled.tmp"  # a folder that holds it is such a copy
LOCK = ".scaled.lock.tmp"


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`base` with the values of `over`, section by section."""
    return base | {
        key: merge(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
        for key, value in over.items()
    }


def copy_project(to: Path) -> None:
    """Copy what git tracks or would track; link the virtual environment; share DVC's cache."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for folder in ("pipeline", "imports"):
        shutil.rmtree(to / folder, ignore_errors=True)  # files of an earlier copy that no longer exist
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_relative_to(to):  # of the copy itself
            continue
        if path.is_file() and name != "dvc.lock" and not name.startswith("metrics/"):  # the copy has its own
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, to / name, follow_symlinks=False)
    if not (to / ".venv").exists():
        (to / ".venv").unlink(missing_ok=True)  # it may link to where the project was before it moved
        (to / ".venv").symlink_to(ROOT / ".venv")
    (to / ".dvc/config.local").write_text(f"[core]\n    no_scm = true\n[cache]\n    dir = {ROOT / '.dvc/cache'}\n")


def overlaid(values: dict[str, Any], scale: str) -> dict[str, Any]:
    """`values` with those of scales/SCALE.yaml, and before them those of the scale that it names as `scale`.

    A section that `values` lack is left out, with a line that says so: it is that of an exercise that was removed.
    """
    over = read_yaml(SCALES / f"{scale}.yaml", "restore it with `git checkout`")
    below = over.pop("scale", None)
    if gone := sorted(over.keys() - values.keys()):
        print(f"scales/{scale}.yaml: left out {', '.join(gone)}, which {PARAMS} does not have", file=sys.stderr)
    over = {section: over[section] for section in over if section in values}
    return merge(overlaid(values, below) if below else values, over)


def apply_scale(scale: str, to: Path) -> None:
    """Overlay the scale on the copy's params.yaml.

    Raises:
        PipelineError: there is a mistake in it, or in the scale.
    """
    check(to / PARAMS)
    values = overlaid(read_yaml(to / PARAMS, "restore it with `git checkout`"), scale)
    (to / PARAMS).write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    try:
        check(to / PARAMS)
    except PipelineError as error:
        raise PipelineError(f"scales/{scale}.yaml does not fit {PARAMS}, over which it is laid: {error}") from None


def repro(project: Path, *targets: str, jobs: int | None = None, own_store: bool = True) -> int:
    """`make repro` there, with MLflow's store in the copy, or the user's; gives its exit status."""
    environment = activated(project)
    if own_store:
        environment.pop("MLFLOW_TRACKING_URI", None)
    return tools.repro.repro(project, targets, jobs, environment)


def activated(project: Path) -> dict[str, str]:
    """The environment variables of a shell in which the project's virtual environment is active."""
    return os.environ | {"PATH": f"{project / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}


@contextmanager
def alone(copy: Path) -> Iterator[None]:
    """Allow one process at a time: a second would replace the code under the first.

    Raises:
        PipelineError: the folder holds something other than such a copy, or another process is building it.
    """
    if copy == ROOT or copy in ROOT.parents or (copy.exists() and any(copy.iterdir()) and not (copy / MARK).exists()):
        raise PipelineError(f"{copy} holds something else, which a copy would overwrite: name a new folder")
    copy.mkdir(parents=True, exist_ok=True)
    (copy / MARK).touch()
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(copy / LOCK, wait=False))
        except BlockingIOError:
            raise PipelineError(f"{copy} is being built by another process: wait for it") from None
        yield


def said(evaluation: Path) -> Iterator[str]:
    """Every question and its answers, in lines."""
    results = read_json(evaluation)["comparisons"]
    for exercise in exercises().values():
        for comparison in exercise.comparisons:
            if comparison.name in results:  # a comparison of an exercise with a single variant is not
                yield f"  {comparison.question}"
                yield from (f"    {difference['verdict']}" for difference in results[comparison.name]["differences"])


def main() -> None:
    scales = sorted(path.stem for path in SCALES.glob("*.yaml"))
    parser = argparse.ArgumentParser(prog="python -m tools.scaled", description="Run the graph at another scale.")
    parser.add_argument("scale", help=", ".join(scales))
    parser.add_argument("folder", nargs="?", help="of the copy, if it shall stay")
    parser.add_argument("--jobs", type=positive, help="how many stages side by side (default: what suits the machine)")
    parser.add_argument("--stages", nargs="*", default=(), help="these and what they need (default: all)")
    given = parser.parse_args()
    if given.scale not in scales:
        raise PipelineError(f"there is no scale {given.scale!r}: name one of {', '.join(scales)}")
    with nullcontext(given.folder) if given.folder else tempfile.TemporaryDirectory(prefix="recurrent-") as name:
        copy = Path(name).resolve()
        with alone(copy):
            copy_project(copy)
            apply_scale(given.scale, copy)
            status = repro(copy, *given.stages, jobs=given.jobs, own_store=not given.folder)
        if status == 0 and not given.stages:
            print(f"The whole graph ran at scale {given.scale}:", *said(copy / "metrics/evaluation.json"), sep="\n")
        sys.exit(status)


if __name__ == "__main__":
    run_stage(main)
