"""A checkpoint is continued under the settings, data and code that its stage reads, and under no others."""

from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import PipelineError
from pipeline.training import fingerprint
from pipeline.training.fingerprint import code_of

ROOT = Path(__file__).parents[2]


def test_the_code_is_that_in_dvc_yaml(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint, "GRAPH", ROOT / "dvc.yaml")
    files = {file.relative_to(ROOT).as_posix() for file in code_of("sentiment", "lstm")}
    assert {"pipeline/exercises/sentiment/train.py", "pipeline/training/loop.py"} <= files
    others = {"pipeline/answering/lines.py", "pipeline/report/report.py", "pipeline/exercises/parity/train.py"}
    assert not files & others
    deps = ["data/raw/x", "pipeline/exercises/${item.variant}/train.py"]
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"next": {"deps": deps}}}))
    monkeypatch.setattr(fingerprint, "GRAPH", tmp_path / "dvc.yaml")
    assert code_of("next", "parity") == [ROOT / "pipeline/exercises/parity/train.py"]


@pytest.mark.parametrize("graph", [None, "stages: {}", "stages: [", "", "stages: {parity: {deps: [pipeline/gone.py]}}"])
def test_without_a_usable_dvc_yaml_it_is_all_code(tmp_path, monkeypatch, graph):
    monkeypatch.setattr(fingerprint, "GRAPH", tmp_path / "dvc.yaml")
    if graph is not None:
        (tmp_path / "dvc.yaml").write_text(graph)
    assert set(code_of("parity", "lstm")) == set((ROOT / "pipeline").rglob("*.py"))


def test_whatever_a_training_reads_changes_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stages = {"parity": {"deps": ["pipeline/exercises/parity/train.py"]}}
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    files = [tmp_path / name for name in ("numerics.lock", "data/prepared/parity/a.arrow", "models/word2vec/v.arrow")]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("before")
    vectors = ("models/word2vec",)

    def key(settings):
        return fingerprint.fingerprint("parity", "lstm", settings, ("parity",), vectors)

    before = key({"epochs": 1})
    assert key({"epochs": 1}) == before != key({"epochs": 2})
    for file in files:
        file.write_text("after")
        assert key({"epochs": 1}) != before, file
        file.write_text("before")
    files[-1].unlink()
    files[-1].parent.rmdir()
    with pytest.raises(PipelineError, match="models/word2vec is missing: build it with `dvc repro"):
        key({"epochs": 1})
