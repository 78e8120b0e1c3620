"""params.yaml: every mistake is one line that names the key."""

import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from pipeline.errors import PipelineError
from pipeline.params import load

ROOT = Path(__file__).parents[1]


def leaves(values, path=()):
    for key, value in values.items():
        yield from leaves(value, (*path, key)) if isinstance(value, dict) else [(*path, key)]


VALUES = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
NUMBERS = [path for path in leaves(VALUES) if path[0] not in ("seeds", "precision")]


def changed(tmp_path, path, value, remove=False):
    values = deepcopy(VALUES)
    section = values
    for key in path[:-1]:
        section = section[key]
    section.pop(path[-1])
    if not remove:
        section[path[-1]] = value
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    return file


@pytest.mark.parametrize("path", list(leaves(VALUES)), ids=".".join)
def test_a_missing_or_wrong_value_names_its_key(tmp_path, path):
    with pytest.raises(PipelineError, match=rf"params.yaml: {'.'.join(path)}.*required"):
        load(changed(tmp_path, path, None, remove=True))
    for wrong in ({}, float("nan"), -1, "1e-3x" if path[-1] != "edition" else ""):
        with pytest.raises(PipelineError, match=".".join(path)):
            load(changed(tmp_path, path, wrong))


@pytest.mark.parametrize("section", [(), *((name,) for name in VALUES if isinstance(VALUES[name], dict))], ids=str)
def test_an_unknown_key_is_named(tmp_path, section):
    values = deepcopy(VALUES)
    target = values
    for key in section:
        target = target[key]
    target["dropuot"] = 0.3
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    with pytest.raises(PipelineError, match=rf"{'.'.join((*section, 'dropuot'))}: unknown key"):
        load(file)


@pytest.mark.parametrize(
    "content", [b"seeds: [1", b"\xff\xfe", b"", b"- 1\n", b"seeds: !!python/object:os.system {}\n"]
)
def test_what_is_not_a_parameter_file_is_one_line(tmp_path, content):
    file = tmp_path / "params.yaml"
    file.write_bytes(content)
    with pytest.raises(PipelineError):
        load(file)


def test_a_stage_with_a_typo_in_its_parameters_fails_in_one_line(tmp_path):
    changed(tmp_path, ("pooling", "dropout"), 1.5)
    result = subprocess.run(
        [sys.executable, "-m", "pipeline.exercises.pooling", "mean"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr == ("error: params.yaml: pooling.dropout: Input should be less than 1 (got 1.5)\n")
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
