"""The graph: code dependencies are what is imported; the committed lock and metrics belong to the committed code."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.core.files import read_json
from pipeline.core.params import Params, load
from tools.scaled import merge
from tools.stages import arrows, columns

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "dvc.lock"


def locked():
    return yaml.safe_load(LOCK.read_text(encoding="utf-8"))["stages"]


def stages():
    """Every stage of dvc.yaml with its matrix filled in, as DVC sees it."""
    from dvc.repo import Repo

    with Repo(str(ROOT)) as repo:
        return {stage.addressing: stage for stage in repo.index.stages}


def value_at(path, key):
    value = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    for part in key.split("."):
        value = value[part]
    return value


def dvc_hash(path):
    """The hash that DVC records: a file's MD5; a folder's is that of the list of its files."""
    if path.is_file():
        return hashlib.md5(path.read_bytes()).hexdigest()
    modules = (path / "__init__.py").exists()  # .dvcignore lets nothing else of such a folder through
    found = [file for file in path.rglob("*") if file.is_file() and (not modules or file.suffix == ".py")]
    names = sorted(file.relative_to(path).as_posix() for file in found)
    files = [{"md5": dvc_hash(path / name), "relpath": name} for name in names]
    return hashlib.md5(json.dumps(files, sort_keys=True).encode()).hexdigest() + ".dir"


def test_code_dependencies_are_the_import_closure():
    result = subprocess.run([sys.executable, "tools/graph.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_every_stage_is_locked_as_it_is_written():
    written = stages()
    assert set(locked()) == set(written)
    for name, entry in locked().items():
        assert entry["cmd"] == written[name].cmd
        expected = {str(dep.def_path) for dep in written[name].deps if not hasattr(dep, "params")}
        assert {dep["path"] for dep in entry.get("deps", [])} == expected


def test_locked_code_and_parameters_are_the_committed_ones():
    stale = set()
    for name, entry in locked().items():
        for dep in entry.get("deps", []):
            is_code = dep["path"].startswith(("pipeline/", "numerics.lock"))
            if is_code and dvc_hash(ROOT / dep["path"]) != dep["md5"]:
                stale.add(f"{name}: {dep['path']}")
        for path, values in entry.get("params", {}).items():
            stale |= {f"{name}: {path} {key}" for key, value in values.items() if value_at(path, key) != value}
    assert not stale, "run `dvc repro` and commit dvc.lock and metrics/"


def test_committed_metrics_are_the_locked_ones():
    outs = [out for entry in locked().values() for out in entry.get("outs", []) if out["path"].startswith("metrics/")]
    assert len(outs) > 20
    for out in outs:
        assert dvc_hash(ROOT / out["path"]) == out["md5"], out["path"]


@pytest.mark.parametrize("scale", sorted((ROOT / "scales").glob("*.yaml")), ids=lambda path: path.stem)
def test_scales_are_valid_parameters(scale):
    base = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    Params.model_validate(merge(base, yaml.safe_load(scale.read_text(encoding="utf-8"))))


def test_readme_quotes_the_measured_numbers():
    """The results table of README is what the evaluation says."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for comparison in read_json(ROOT / "metrics/evaluation.json")["comparisons"].values():
        for difference in comparison["differences"]:
            assert difference["verdict"] in text


def test_params_load_from_the_project_root():
    assert load(ROOT / "params.yaml").seeds


def test_the_figure_of_the_stages_leaves_out_what_a_longer_way_implies():
    needs = {"prepare": {"fetch"}, "train": {"prepare"}, "report": {"fetch", "prepare", "train"}}
    assert arrows(needs) == [("fetch", "prepare"), ("prepare", "train"), ("train", "report")]
    assert columns(["report", "train", "fetch", "prepare"], needs) == {
        "fetch": 0,
        "prepare": 1,
        "train": 2,
        "report": 3,
    }
