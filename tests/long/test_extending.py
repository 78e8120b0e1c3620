"""docs/extending.md, carried out as it is written."""

import hashlib
import json
import re
import subprocess

import pytest

from pipeline.core.files import read_json
from tests.extending import CORPUS, EXERCISE, blocks, commands, write_exercise
from tests.long.copies import ENVIRONMENT, change, duplicate, repro, runs

QUICK = {"epochs": 1, "hidden_size": 8, "embedding_size": 8, "max_length": 32}
OURS = {"averaged@plain", "averaged@gated", "evaluate", "best", "timings", "report"}


@pytest.fixture
def mine(built, tmp_path):
    """A copy of the built project, to change."""
    return duplicate(built, tmp_path / "mine")


def run(project, command, **options):
    """What a command prints."""
    environment = ENVIRONMENT | {"PYTHONPATH": str(project)}  # the command `rnn` is installed from the original
    done = subprocess.run(
        ["bash", "-c", command], cwd=project, env=environment, check=True, text=True, stdout=subprocess.PIPE, **options
    )
    return done.stdout


def running(printed):
    return set(re.findall(r"Running stage '(.+?)'", printed))


def insert(path, before, text):
    content = path.read_text(encoding="utf-8")
    assert content.count(before) == 1
    path.write_text(content.replace(before, text + before), encoding="utf-8")


def test_an_exercise(mine):
    write_exercise(mine)
    change(mine, {"averaged": QUICK})
    graph, dry, all_of_it, ask = commands(EXERCISE)
    run(mine, graph)
    assert running(run(mine, dry)) == OURS
    assert running(repro(mine, *all_of_it.split()[2:])) == OURS
    (difference,) = read_json(mine / "metrics/evaluation.json")["comparisons"]["gates"]["differences"]
    assert (difference["a"], difference["b"]) == ("gated", "plain")
    for page, language, title in (
        ("report", "en", "Gates or none, on average"),
        ("report.es", "es", "Con puertas o sin ellas, en promedio"),
    ):
        assert (mine / f"metrics/report/{language}/averaged_gates_scores.svg").exists()
        written = (mine / f"metrics/{page}.md").read_text(encoding="utf-8")
        assert title in written and f"report/{language}/averaged_gates_scores.svg" in written
        assert title in (mine / f"metrics/{page}.html").read_text(encoding="utf-8")
    for variant in ("plain", "gated"):  # two seeds each
        assert runs(mine, f"averaged@{variant}") == {"PARENT FINISHED": 1, "FINISHED": 2}
    assert "A quiet film that stays with you." in run(mine, ask)
    assert json.loads(run(mine, f"{ask} --json"))["model"] == "averaged/gated"
    assert running(repro(mine)) == set()


def test_a_corpus(mine):
    ((_, _, archive), (_, _, edition)) = blocks(CORPUS)
    run(mine, "python -", input=archive)
    digest = hashlib.sha256((mine / "pairs.zip").read_bytes()).hexdigest()
    insert(mine / "pipeline/corpora/sources.yaml", "\ndigits:\n", edition.replace("SHA256", digest))
    change(mine, {"corpora": {"translation": {"edition": "colours", "min_frequency": 1}}})
    (command,) = commands(CORPUS)
    ran = running(repro(mine, *command.split()[2:]))
    assert ran == {"fetch@translation", "prepare@translation", "translation@luong"}
    assert read_json(mine / "metrics/train/translation/luong.json")["edition"] == "colours"
    assert read_json(mine / "metrics/data/translation.json")["read"]["pairs"] == 90
