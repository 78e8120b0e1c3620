"""DVC's experiments on a clone at the smallest scale: one in the workspace, two from the queue."""

import csv
import io
import json
import subprocess

import pytest

from tools.scaled import ROOT, activated, apply_scale

STAGE = "pooling@last"


@pytest.fixture
def clone(tmp_path):
    """A clone in which the stage was built and everything is committed; DVC's cache is the project's."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
    (clone / ".venv").symlink_to(ROOT / ".venv")
    (clone / ".git/info/exclude").write_text(".venv\n")
    (clone / ".dvc/config.local").write_text(f"[cache]\n    dir = {ROOT / '.dvc/cache'}\n")
    apply_scale("quick", clone)
    run(clone, "dvc", "repro", "--quiet", STAGE)
    run(clone, "git", "add", "-A")
    run(clone, "git", "commit", "-q", "-m", "quick")
    return clone


def run(clone, *command):
    someone = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = activated(clone) | someone | {"MLFLOW_TRACKING_URI": f"sqlite:///{clone / 'mlflow.db'}"}
    return subprocess.run(
        command, cwd=clone, env=environment, check=True, capture_output=True, text=True, timeout=600
    ).stdout


def test_experiments_in_the_workspace_and_from_the_queue(clone):
    run(clone, "dvc", "exp", "run", "-S", "pooling.hidden_size=12", STAGE)
    run(clone, "git", "checkout", ".")
    run(clone, "dvc", "exp", "run", "--queue", "-S", "pooling.hidden_size=10,11", STAGE)
    run(clone, "dvc", "exp", "run", "--run-all")
    table = list(csv.DictReader(io.StringIO(run(clone, "dvc", "exp", "show", "--csv"))))
    sizes = {int(row["pooling.hidden_size"]) for row in table if row["typ"].startswith("branch")}
    assert sizes == {10, 11, 12}
    file = "metrics/train/pooling/last.json"
    for row in table:
        if row["typ"].startswith("branch"):
            changes = json.loads(run(clone, "dvc", "metrics", "diff", "HEAD", row["rev"], "--json", "--targets", file))
            assert changes[file]["mean.accuracy"]["new"]
