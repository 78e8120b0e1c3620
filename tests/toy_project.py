"""A small project of the shape of this one, with shell scripts for stages, and what is done to it and seen of it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml

ROOT = Path(__file__).parents[1]
# stage.sh NAME OUT INPUT...: what it writes follows from its inputs; `slow` and `fail` hold names of stages
STAGE = """
name=$1 out=$2; shift 2
echo "begin $name" >> log.txt
grep -qx "$name" fail 2>/dev/null && { echo "$name: this cannot be done" >&2; exit 3; }
grep -qx "$name" slow 2>/dev/null && sleep 30
sleep 0.0$(( $$ % 10 ))
mkdir -p "$(dirname "$out")" && cat "$@" params.yaml | md5sum > "$out"
echo "end $name" >> log.txt
"""
CORPORA, VARIANTS = ["imdb", "speech", "digits"], ["a", "b", "c", "d"]


def graph(variants=VARIANTS):
    def stage(name, out, *inputs, kind="outs", **more):
        outs = [out] if kind == "outs" else [{out: {"cache": False}}]
        files = " ".join(inputs) or "raw"
        return {"cmd": f"sh stage.sh {name} {out} {files}", "deps": [*inputs, "stage.sh"], kind: outs, **more}

    corpus, variant = {"matrix": {"corpus": CORPORA}}, {"matrix": {"variant": variants}}
    trained, name = {"params": ["lr"], **variant}, "${item.variant}"
    return {
        "fetch": stage("fetch@${item.corpus}", "data/raw/${item.corpus}", **corpus),
        "prepare": stage("prepare@${item.corpus}", "data/${item.corpus}", "data/raw/${item.corpus}", **corpus),
        "tagging": stage(f"tagging@{name}", f"metrics/tagging/{name}", "data/imdb", kind="metrics", **trained),
        "speech": stage(f"speech@{name}", f"models/{name}", "data/speech", "data/digits", **trained),
        "evaluate": stage("evaluate", "evaluation", *(f"metrics/tagging/{v}" for v in variants)),
    }  # fmt: skip


def write_graph(project, **options):
    (project / "dvc.yaml").write_text(yaml.safe_dump({"stages": graph(**options)}, sort_keys=False))


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    return make(tmp_path / "project")


def make(project):
    project.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    subprocess.run(["dvc", "init", "--quiet"], cwd=project, check=True)
    (project / ".dvc/config").write_text("[core]\n    analytics = false\n")
    (project / ".gitignore").write_text("/data\n/models\n/log.txt\n/logs\n/.cache\n/slow\n/fail\n")
    (project / "stage.sh").write_text(STAGE)
    (project / "raw").write_text("raw\n")
    (project / "params.yaml").write_text("lr: 1\n")
    write_graph(project)
    return project


def command(*arguments):
    return [sys.executable, "-m", "tools.repro", *arguments]


def repro(project, *arguments, code=0):
    done = subprocess.run(command(*arguments), cwd=project, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def ran(project):
    log = project / "log.txt"
    names = (
        [line.split()[1] for line in log.read_text().splitlines() if line.startswith("begin")] if log.exists() else []
    )
    log.unlink(missing_ok=True)
    return names


def contents(project):
    results = [path for folder in ("data", "models", "metrics") for path in (project / folder).rglob("*")]
    return {path.relative_to(project): path.read_bytes() for path in [*results, project / "dvc.lock"] if path.is_file()}


def processes_in(project):
    """What runs in a project's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(project):
                found.append(process)
        except (psutil.Error, OSError):
            pass
    return found


def ran_so_far(project):
    log = project / "log.txt"
    return log.read_text().splitlines() if log.exists() else []


def until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)
