"""Another exercise is a folder: the command of an exercise that it names answers with its models, or its own does."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core.files import read_json, write_json

ROOT = Path(__file__).parents[2]
STAGE = '''"""How deep?"""

from pipeline.core.stage import Stage
from pipeline.exercises.sentiment.stage import Settings

STAGE = Stage(
    name="depth",
    description="How many layers?",
    settings=Settings,
    variants={"one": {"layers": 1}, "two": {"layers": 2}},
    corpora=("imdb",),
    metric="accuracy",
    curve="validation_accuracy",
)
'''
EXERCISE = '''"""How deep?"""

from pipeline.declaration import ACCURACY, Exercise
from pipeline.exercises.depth.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE, number="13", question="How many layers?", columns=(ACCURACY,), comparisons=(), command="{command}"
)
'''
ANSWERS = '''"""As exercise 3 answers."""

from pipeline.exercises.reviews.answers import NETWORKS, OUTPUTS, answer, example

__all__ = ["NETWORKS", "OUTPUTS", "answer", "example"]
'''
COMMAND = '''"""`rnn deep`."""

from pipeline.answering.choice import answers, chosen
from pipeline.answering.lines import show
from pipeline.answering.options import JsonOption, ModelOption

NAME = "{name}"


def command(text: str, model: ModelOption = None, as_json: JsonOption = False) -> None:
    """How deep is a review?"""
    show(answers(chosen("depth", model), [text]), lambda row: row["label"], as_json)
'''


@pytest.fixture
def another(whole_project, tmp_path):
    """The project with a model of an exercise `depth`, and a way to run `rnn` there with the exercise's folder."""
    project, code = tmp_path / "project", tmp_path / "code"
    shutil.copytree(whole_project, project)
    shutil.copytree(ROOT / "pipeline", code / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(project / "models/sentiment/gru", project / "models/depth/two")
    own = {"exercise": "depth", "variant": "two"}
    write_json(project / "models/depth/two/model.json", read_json(project / "models/depth/two/model.json") | own)
    seeds = [{"seed": 1, "validation": {"loss": 0.1, "accuracy": 0.99}}]
    write_json(project / "metrics/train/depth/two.json", {"exercise": "depth", "metric": "accuracy", "seeds": seeds})
    folder = code / "pipeline/exercises/depth"
    folder.mkdir()

    def rnn(*arguments, **files):
        for name, text in {"__init__": "", "stage": STAGE, "answers": ANSWERS, **files}.items():
            (folder / f"{name}.py").write_text(text)
        environment = os.environ | {"PYTHONPATH": str(code)}
        command = [sys.executable, "-m", "pipeline.cli", *arguments]
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    return rnn


def test_it_is_answered_by_the_command_that_it_names(another):
    declared = EXERCISE.format(command="sentiment")
    code, out, err = another("sentiment", "a quiet film", "--json", "--model", "depth/two/1", exercise=declared)
    assert (code, err) == (0, "")
    row = json.loads(out)
    assert row["model"] == "depth/two" and row["label"] in ("positive", "negative")
    assert json.loads(another("sentiment", "a quiet film", "--json", exercise=declared)[1]) == row  # it is the best
    code, out, err = another("sentiment", "a film", "--model", "depth/three", exercise=declared)
    assert (code, out) == (2, "") and "the variants of depth are one, two" in err


def test_it_brings_a_command_of_its_own(another):
    files = {"exercise": EXERCISE.format(command="depth"), "command": COMMAND.format(name="deep")}
    code, out, err = another("deep", "a quiet film", "--json", **files)
    assert (code, err) == (0, "") and json.loads(out)["model"] == "depth/two"
    assert "How deep is a review?" in another("--help", **files)[1]
    assert json.loads(another("sentiment", "a quiet film", "--json", **files)[1])["model"] == "pooling/attention"
    code, out, err = another("--help", **files | {"command": COMMAND.format(name="tag")})
    assert (code, out) == (
        1,
        "",
    ) and err == "error: depth and tagging both have a command 'tag': change NAME in one of them\n"
