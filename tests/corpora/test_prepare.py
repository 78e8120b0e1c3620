"""The entry point: whole or not at all, one line for every failure."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.core.params import section
from pipeline.corpora import prepare
from pipeline.corpora.catalogue import corpora
from pipeline.corpora.corpus import Corpus

ROOT = Path(__file__).resolve().parents[2]


def fetched(root, corpus, edition, reader, files=()):
    write_json(
        root / f"data/raw/{corpus}/source.json",
        {"corpus": corpus, "edition": edition, "reader": reader, "files": [{"name": name} for name in files]},
    )


def command(root, corpus):
    return subprocess.run(
        [sys.executable, "-m", "pipeline.corpora.prepare", corpus],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_the_command(tmp_path):
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["corpora"]["parity"]["limit"] = 60
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values))
    missing = command(tmp_path, "parity")
    assert missing.returncode == 1 and missing.stderr.startswith("error: ") and missing.stderr.count("\n") == 1
    fetched(tmp_path, "parity", "generated", "generated")
    done = command(tmp_path, "parity")
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "metrics/data/parity.json").read_text())
    assert (metrics["corpus"], metrics["edition"], metrics["limit"]) == ("parity", "generated", 60)
    assert metrics["splits"]["train"]["examples"] == 60
    meta = json.loads((tmp_path / "data/prepared/parity/meta.json").read_text())
    assert (meta["corpus"], meta["edition"]) == ("parity", "generated")


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = Corpus(edition="generated", limit=10)
    fetched(tmp_path, "parity", "generated", "generated")
    prepare.prepare("parity", config)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "raw" not in path.parts}
    fetched(tmp_path, "parity", "generated", "no such reader")
    with pytest.raises(PipelineError, match="no such reader"):
        prepare.prepare("parity", config)
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "raw" not in path.parts}
    assert after == before and len(before) == 9


@pytest.mark.parametrize("corpus", corpora())
def test_every_corpus_has_a_module(corpus, tmp_path, monkeypatch):
    settings = section(f"corpora.{corpus}", corpora()[corpus], ROOT / "params.yaml").model_copy(
        update={"edition": "mine"}
    )
    monkeypatch.chdir(tmp_path)
    fetched(tmp_path, corpus, "mine", "no such reader")
    with pytest.raises(PipelineError, match=f"edition 'mine' of {corpus} names the reader 'no such reader'"):
        prepare.prepare(corpus, settings)


@pytest.mark.parametrize("name", ["speach", "audio", "prepare", "prepared", "prepared.text", "../corpora/imdb", ""])
def test_what_is_no_corpus_is_one_line(name):
    with pytest.raises(PipelineError, match=r"^there is no corpus [^\n]*sources\.yaml"):
        prepare.module_of(name)
