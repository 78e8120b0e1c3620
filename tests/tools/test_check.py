"""What `make repro` checks first: every mistake in params.yaml is one line that names the key."""

import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from dvc.utils.hydra import apply_overrides
from dvc.utils.serialize import load_yaml

from pipeline.core.errors import PipelineError
from pipeline.core.params import PARAMS
from tools.check import check, model

ROOT = Path(__file__).parents[2]
MODEL = model()


def leaves(values, path=()):
    for key, value in values.items():
        yield from leaves(value, (*path, key)) if isinstance(value, dict) else [(*path, key)]


VALUES = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
INFINITE = (float("inf"), float("-inf"), float("nan"))


def schema_of(path):
    """What the models say of a field, without its null."""
    schema = node = MODEL.model_json_schema()
    for key in path:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        node = node["properties"][key]
    return next((kind for kind in node.get("anyOf", ()) if kind["type"] != "null"), node), "anyOf" in node


def wrong_values(path):
    """Values of another type than the field's, and values just outside its range."""
    field, optional = schema_of(path)
    kind = field["type"]
    yield from () if optional else (None,)
    yield from ({}, *INFINITE)
    yield from {
        "integer": (True, 1.5, "1", []),
        "number": (True, "0.1", "1e-3x", []),
        "string": (1, True, [], "", "another") if "enum" in field else (1, True, [], ""),
        "boolean": (1, 0, "yes", []),
        "array": (1, "1", [True], [1.5], [-1], ["1"], [3, 3], [float("nan")]),
    }[kind]
    if field.get("minItems"):
        yield []
    step = {"integer": 1, "number": 1e-9}.get(kind)
    for bound, outside in (("minimum", -1), ("exclusiveMinimum", 0), ("maximum", 1), ("exclusiveMaximum", 0)):
        if bound in field:
            yield field[bound] + outside * step


def changed(tmp_path, path, value, remove=False):
    values = deepcopy(VALUES)
    section = values
    for key in path[:-1]:
        section = section[key]
    section.pop(path[-1])
    if not remove:
        section[path[-1]] = value
    file = tmp_path / "params.yaml"
    file.write_text(yaml.dump(values, Dumper=yaml.CSafeDumper), encoding="utf-8")
    return file


@pytest.mark.parametrize("path", list(leaves(VALUES)), ids=".".join)
def test_a_missing_or_wrong_value_names_its_key(tmp_path, path):
    with pytest.raises(PipelineError, match=rf"params.yaml: {'.'.join(path)}.*required"):
        check(changed(tmp_path, path, None, remove=True))
    for wrong in wrong_values(path):
        with pytest.raises(PipelineError, match=rf"params.yaml: {'.'.join(path)}") as error:
            check(changed(tmp_path, path, wrong))
        assert "\n" not in str(error.value), wrong


def test_every_field_of_the_models_is_tried():
    """A field that params.yaml lacks would be missing above."""
    assert {path for path in leaves(MODEL.model_validate(VALUES).model_dump())} == set(leaves(VALUES))


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
        check(file)


@pytest.mark.parametrize(
    "content",
    [b"seeds: [1", b"\xff\xfe", b"", b"- 1\n", b"seeds: !!python/object:os.system {}\n", b"seeds: 2024-02-30\n",
     b"seeds: !!int abc\n", b"seeds: 0x_\n", b"seeds: !!map [1]\n", b"seeds: !!set [a]\n", b"seeds: !!bool x\n",
     b"seeds: " + 1500 * b"[", b"seeds: !!timestamp x\n", b"? [1]\n: 2\n"],
    ids=lambda content: content[:30],
)  # fmt: skip
def test_what_is_not_a_parameter_file_is_one_line(tmp_path, content):
    file = tmp_path / "params.yaml"
    file.write_bytes(content)
    with pytest.raises(PipelineError):
        check(file)


@pytest.mark.parametrize(("key", "addition"), [("seeds", "seeds: [9]\n"), ("epochs", "more: {epochs: 1, epochs: 2}\n")])
def test_a_key_given_twice_is_named(tmp_path, key, addition):
    file = tmp_path / "params.yaml"
    file.write_text((ROOT / "params.yaml").read_text(encoding="utf-8") + addition, encoding="utf-8")
    with pytest.raises(PipelineError, match=f"'{key}' is given twice"):
        check(file)


@pytest.mark.parametrize("text", ["1e-5", "1e-05", "1.0e-05", "0.00001", "010", "1_0", "0x1", "1E-3"])
def test_a_number_is_the_one_that_dvc_reads(tmp_path, text):
    file = tmp_path / "params.yaml"
    content = (ROOT / "params.yaml").read_text(encoding="utf-8")
    file.write_text(content.replace("weight_decay: 0.0\n", f"weight_decay: {text}\n", 1), encoding="utf-8")
    assert check(file).sentiment.weight_decay == load_yaml(str(file))["sentiment"]["weight_decay"] > 0


def test_what_an_experiment_sets_can_be_read(tmp_path):
    file = tmp_path / "params.yaml"
    shutil.copy(ROOT / "params.yaml", file)
    apply_overrides(file, ["sentiment.weight_decay=0.00001", "seeds=[4,5]"])  # as `dvc exp run -S` does
    assert (check(file).sentiment.weight_decay, check(file).seeds) == (1e-5, [4, 5])


def test_a_stage_with_a_typo_in_its_parameters_fails_in_one_line(tmp_path):
    changed(tmp_path, ("pooling", "dropout"), 1.5)
    result = subprocess.run(
        [sys.executable, "-m", "pipeline.exercises.pooling.train", "mean"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr == ("error: params.yaml: pooling.dropout: Input should be less than 1 (got 1.5)\n")
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def test_an_edition_that_does_not_exist_is_found_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    assert check(PARAMS).seeds == [1, 2, 3]
    text = Path("params.yaml").read_text(encoding="utf-8")
    Path("params.yaml").write_text(
        text.replace("speech: {edition: packaged", "speech: {edition: packged"), encoding="utf-8"
    )
    with pytest.raises(
        PipelineError, match=r"^speech has no edition 'packged': set corpora.speech.edition .* to one of"
    ):
        check(PARAMS)
