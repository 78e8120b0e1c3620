"""What the long tests do with a copy of the project."""

import json
import os
import shlex
import shutil
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import psutil
import yaml
from safetensors import safe_open

from tools.mend import mend
from tools.scaled import ROOT, activated, apply_scale, copy_project, merge

ENVIRONMENT = {name: value for name, value in activated(ROOT).items() if name != "MLFLOW_TRACKING_URI"}
HOOKS = Path(__file__).parent / "hooks"  # on PYTHONPATH: see sitecustomize.py there
TIMEOUT = 1800  # seconds
Target = Literal["group", "stage", "dvc"]
# A shell lets what it runs in the background ignore Ctrl-C, and so what that starts: not here.
signal.signal(signal.SIGINT, signal.default_int_handler)


def copy(to: Path) -> Path:
    """The project at the quick scale, with a DVC cache of its own."""
    to.mkdir(parents=True)
    copy_project(to)
    apply_scale("quick", to)
    (to / ".dvc/config.local").write_text("[core]\n    no_scm = true\n")
    return to


def duplicate(project: Path, to: Path) -> Path:
    """A built project once more, but for MLflow's store, which knows where it is."""
    return shutil.copytree(project, to, symlinks=True, ignore=shutil.ignore_patterns("mlflow.db*", "mlartifacts"))


def change(project: Path, over: dict[str, Any]) -> None:
    """Overlay values on params.yaml."""
    path = project / "params.yaml"
    values = merge(yaml.safe_load(path.read_text(encoding="utf-8")), over)
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")


def repro(project: Path, *arguments: str) -> str:
    """`dvc repro` as `make repro` does it, but without DVC's cache of runs: it must succeed. Returns all it printed."""
    mend(project)
    done = subprocess.run(
        ["dvc", "repro", "--no-run-cache", *arguments],
        cwd=project, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def interrupted(
    project: Path, stage: str, after: float, number: signal.Signals, target: Target = "group"
) -> tuple[int, str]:
    """Send a signal to a running `dvc repro STAGE`.

    Args:
        after: seconds; if all is over by then, nothing is sent.
        target: its process group, the stage's process alone, or DVC's alone, which the stage outlives.

    Returns:
        DVC's exit status and all that was printed, once every process has ended.
    """
    mend(project)
    output = project / ".output.tmp"
    output.unlink(missing_ok=True)
    with output.open("wb") as stream:
        dvc = subprocess.Popen(
            ["dvc", "repro", "--no-run-cache", "--single-item", stage],
            cwd=project, env=ENVIRONMENT, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        dvc.wait(after)
    except subprocess.TimeoutExpired:
        family = psutil.Process(dvc.pid).children(recursive=True)
        running = [process for process in family if is_stage(process)]
        if target == "dvc":
            dvc.send_signal(number)
        elif target == "stage" and running:
            running[0].send_signal(number)
        else:
            os.killpg(dvc.pid, number)
        # Workers notice that they are alone; a stage that lives on ends by itself.
        _, orphans = psutil.wait_procs(family, timeout=TIMEOUT if target == "dvc" else 10)
        for orphan in orphans:
            print(f"{stage}: still there 10 s after its parent was killed: {shlex.join(orphan.cmdline())[:150]}")
            orphan.kill()
    status = dvc.wait(TIMEOUT)
    return status, output.read_text(encoding="utf-8", errors="replace")


def is_stage(process: psutil.Process) -> bool:
    try:
        return process.cmdline()[1:2] == ["-m"] and process.cmdline()[2].startswith("pipeline.")
    except (psutil.Error, IndexError):
        return False


def entry(project: Path, stage: str) -> dict[str, Any]:
    """What dvc.lock says of a stage, but for the measured times."""
    path = project / "dvc.lock"
    lock = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {"stages": {}}
    found = dict(lock["stages"].get(stage, {}))
    found["outs"] = [out for out in found.get("outs", []) if not out["path"].startswith("metrics/timing/")]
    return found


def outputs(project: Path, stage: str) -> list[Path]:
    """Every file and folder that a stage writes."""
    from dvc.repo import Repo

    with Repo(str(project)) as repo:
        (found,) = [known for known in repo.index.stages if known.name == stage]
        return [project / out.def_path for out in found.outs]


def forget(project, stage):
    """As if the stage had never run."""
    path = project / "dvc.lock"
    lock = yaml.safe_load(path.read_text(encoding="utf-8"))
    lock["stages"].pop(stage, None)
    path.write_text(yaml.safe_dump(lock, sort_keys=False), encoding="utf-8")
    for out in outputs(project, stage):
        shutil.rmtree(out) if out.is_dir() else out.unlink(missing_ok=True)
    shutil.rmtree(project / ".cache/checkpoints" / stage.replace("@", "/"), ignore_errors=True)
    (project / ".cache/runs" / f"{stage.replace('@', '/')}.json").unlink(missing_ok=True)
    if stage.startswith("fetch"):
        shutil.rmtree(project / ".cache/downloads", ignore_errors=True)


def leftovers(project: Path) -> list[Path]:
    """Unfinished files where results are."""
    return [path for folder in ("data", "models", "metrics") for path in (project / folder).rglob(".*.tmp")]


def epochs(project: Path, stage: str) -> dict[int, int]:
    """How many epochs each seed's checkpoint has behind it."""
    found = {}
    for path in (project / ".cache/checkpoints" / stage.replace("@", "/")).glob("*/seed_*/checkpoint.safetensors"):
        with safe_open(path, "pt") as file:
            found[int(path.parent.name.removeprefix("seed_"))] = len(json.loads(file.metadata()["progress"])["history"])
    return found


def runs(project: Path, stage: str) -> Counter[str]:
    """How many of a variant's runs in MLflow have which status, parents as PARENT FINISHED and so on."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{project}/mlflow.db")
    experiments = [found.experiment_id for found in client.search_experiments()]
    found = client.search_runs(experiments, f"tags.`dvc.stage` = '{stage}'", max_results=10_000)
    return Counter(("PARENT " if run.data.tags["level"] == "variant" else "") + run.info.status for run in found)
