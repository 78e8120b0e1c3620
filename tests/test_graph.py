"""The graph: dvc.yaml is what declarations and imports say; committed lock and metrics belong to the committed code.

What is committed is held against what is committed: git's files, not those that a rebuild on this machine left.
"""

import hashlib
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

from pipeline.core.files import read_json
from pipeline.core.params import checked, read_yaml
from pipeline.registry import exercises
from tools.check import check, model
from tools.scaled import SCALES, overlaid

ROOT = Path(__file__).parents[1]
# Of an exercise's folder
UNTRAINED = ("exercise.py", "answers.py", "report.py", "diagram.py", "command.py", ".j2", ".yaml")


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """The project as it is committed or staged; one that git does not hold, as it is."""
    if not (ROOT / ".git").exists():
        return ROOT
    folder = tmp_path_factory.mktemp("committed")
    subprocess.run(["git", "checkout-index", "--all", f"--prefix={folder}/"], cwd=ROOT, check=True)
    return folder


@pytest.fixture(scope="module")
def locked(committed):
    return read_yaml(committed / "dvc.lock", "commit it")["stages"]  # by YAML 1.2, as DVC writes it


@pytest.fixture(scope="module")
def stages():
    """Every stage of dvc.yaml with its matrix filled in, as DVC sees it."""
    from dvc.repo import Repo

    with Repo(str(ROOT)) as repo:
        return {stage.addressing: stage for stage in repo.index.stages}


@cache
def content_of(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def value_at(path, key):
    value = content_of(path)
    for part in key.split("."):
        value = value.get(part, "no more")
    return value


def dvc_hash(path):
    """The hash that DVC records: a file's MD5; a folder's is that of the list of its files."""
    if path.is_file():
        return hashlib.md5(path.read_bytes()).hexdigest()
    found = [file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    names = sorted(file.relative_to(path).as_posix() for file in found)
    files = [{"md5": dvc_hash(path / name), "relpath": name} for name in names]
    return hashlib.md5(json.dumps(files, sort_keys=True).encode()).hexdigest() + ".dir"


def test_dvc_yaml_is_what_declarations_and_imports_say():
    result = subprocess.run([sys.executable, "-m", "tools.graph", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_training_depends_on_nothing_that_only_asks_or_tells(stages):
    """Not on tracking, answers, report and registry, nor on what an exercise asks and says."""
    training = [stage for stage in stages.values() if stage.name.split("@")[0] in exercises()]
    assert len(training) == sum(len(exercise.stage.variants) for exercise in exercises().values())
    for stage in training:
        name = stage.name.split("@")[0]
        (folder,) = [ROOT / str(dep.def_path) for dep in stage.deps if str(dep.def_path).startswith("imports/")]
        code = {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}
        assert f"pipeline/exercises/{name}/train.py" in code
        for path in code:
            part = Path(path).parts[1]
            assert part not in ("tracking", "answering", "report", "cli", "registry.py", "declaration.py"), path
            assert part != "exercises" or not path.endswith(UNTRAINED), path


def test_what_a_stage_imports_is_linked_not_copied():
    found = [path for path in (ROOT / "imports").rglob("*") if not path.is_dir()]
    assert len(found) > 300
    for path in found:
        stage = path.relative_to(ROOT / "imports").parts[0]
        assert path.is_symlink() and path.resolve() == ROOT / path.relative_to(ROOT / "imports" / stage)


def test_every_stage_is_locked_as_it_is_written(stages, locked):
    assert set(locked) == set(stages)
    for name, entry in locked.items():
        assert entry["cmd"] == stages[name].cmd
        expected = {str(dep.def_path) for dep in stages[name].deps if not hasattr(dep, "params")}
        assert {dep["path"] for dep in entry.get("deps", [])} == expected


def test_locked_code_and_parameters_are_the_committed_ones(committed, locked):
    stale = set()
    for name, entry in locked.items():
        for dep in entry.get("deps", []):
            is_code = dep["path"].startswith(("imports/", "pipeline/", "numerics.lock"))
            if is_code and dvc_hash(committed / dep["path"]) != dep["md5"]:
                stale.add(f"{name}: {dep['path']}")
        for path, values in entry.get("params", {}).items():
            stale |= {
                f"{name}: {path} {key}" for key, value in values.items() if value_at(committed / path, key) != value
            }
    assert not stale, "run `dvc repro` and commit dvc.lock and metrics/"


def test_committed_metrics_are_the_locked_ones(committed, locked):
    outs = [out for entry in locked.values() for out in entry.get("outs", []) if out["path"].startswith("metrics/")]
    in_git = [out for out in outs if not out["path"].endswith(".html")]  # the pages are in DVC's cache
    assert len(in_git) > 20 and len(outs) - len(in_git) == 2
    for out in in_git:
        assert dvc_hash(committed / out["path"]) == out["md5"], out["path"]


@pytest.mark.parametrize("scale", sorted(path.stem for path in SCALES.glob("*.yaml")))
def test_scales_are_valid_parameters(scale, capsys):
    checked(model(), overlaid(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")), scale), Path(scale))
    assert capsys.readouterr().err == ""  # no section is left out


def test_a_scale_may_build_on_another():
    base = {"seeds": [1], "corpora": {"speech": {"edition": "packaged", "limit": None}}, "tagging": {}}
    below, above = overlaid(base, "published"), overlaid(base, "published_copies")
    assert above["corpora"]["speech"] == {"edition": "ten_words", "limit": None}
    assert (above["seeds"], above["tagging"]) == (below["seeds"], below["tagging"]) and above["tagging"]
    assert "scale" not in above


def test_the_results_quote_the_measured_numbers(committed):
    text = (committed / "docs/results.md").read_text(encoding="utf-8")
    for comparison in read_json(committed / "metrics/evaluation.json")["comparisons"].values():
        for difference in comparison["differences"]:
            assert difference["verdict"] in text


def test_params_load_from_the_project_root():
    assert check(ROOT / "params.yaml").seeds
