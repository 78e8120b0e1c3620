"""docs/extending.md, carried out as it is written."""

import hashlib
import re
import subprocess

import pytest
import yaml

from pipeline.core.files import read_json
from tests.long.copies import ENVIRONMENT, change, duplicate, repro
from tools.scaled import ROOT

TEXT = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def blocks(language):
    return [text for kind, text in BLOCKS if kind == language]


@pytest.fixture
def mine(built, tmp_path):
    """A copy of the built project, to change."""
    return duplicate(built, tmp_path / "mine")


def run(project, command, **options):
    return subprocess.run(["bash", "-c", command], cwd=project, env=ENVIRONMENT, check=True, text=True, **options)


def insert(path, before, text):
    content = path.read_text(encoding="utf-8")
    assert content.count(before) == 1
    path.write_text(content.replace(before, text + before), encoding="utf-8")


def test_an_exercise(mine):
    settings, stage = blocks("yaml")[:2]
    (mine / "pipeline/exercises/depth.py").write_text(blocks("python")[0])
    run(mine, "patch --strip=1 --fuzz=3", input=blocks("diff")[0])
    (mine / "params.yaml").write_text((mine / "params.yaml").read_text() + settings)
    change(mine, {"depth": yaml.safe_load((mine / "params.yaml").read_text())["pooling"]})  # of the quick scale
    insert(mine / "dvc.yaml", "\nplots:\n", f"\n{stage}")
    (commands,) = re.findall(r"^    make graph\n(?:    .*\n)+", TEXT, re.MULTILINE)
    run(mine, commands.replace("dvc repro", ""))
    printed = repro(mine)
    assert set(re.findall(r"Running stage '(.+?)'", printed)) == {"depth@one", "depth@two", "evaluate", "report"}
    (difference,) = read_json(mine / "metrics/evaluation.json")["comparisons"]["stacking"]["differences"]
    assert difference["a"] == "two" and (mine / "metrics/figures/stacking.png").exists()
    assert "Running stage" not in repro(mine)


def test_a_corpus(mine):
    run(mine, "python -", input=blocks("python")[1])
    digest = hashlib.sha256((mine / "pairs.zip").read_bytes()).hexdigest()
    edition = blocks("yaml")[2].replace("SHA256", digest)
    insert(mine / "pipeline/corpora/sources.yaml", "\ndigits:\n", edition)
    change(mine, {"corpora": {"translation": {"edition": "colours", "min_frequency": 1}}})
    ran = set(re.findall(r"Running stage '(.+?)'", repro(mine, "translation@luong")))
    assert ran == {"fetch@translation", "prepare@translation", "translation@luong"}
    assert read_json(mine / "metrics/train/translation/luong.json")["edition"] == "colours"
    assert read_json(mine / "metrics/data/translation.json")["read"]["pairs"] == 90
