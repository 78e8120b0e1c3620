"""`rnn models` lists what is built, by command, and marks what answers."""

import json

import pytest

from pipeline.cli import commands
from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json, write_json


def test_every_model_that_is_built_is_listed_with_its_score(project, rnn):
    code, out, err = rnn("models", "--json")
    assert (code, err) == (0, "")
    rows = [json.loads(line) for line in out.splitlines()]
    assert {row["model"] for row in rows} == {
        path.parent.relative_to(project / "models").as_posix() for path in (project / "models").rglob("model.json")
    }
    for command in {row["command"] for row in rows}:
        (answers,) = [row["model"] for row in rows if row["command"] == command and row["answers"]]
        assert f"* {answers} " in rnn("models", command)[1]
    said = rnn("models", "sentiment")[1].splitlines()
    assert said == [
        "rnn sentiment",
        "  sentiment/gru       50.0 ± 25.0  accuracy (%), 2 seeds, packaged",
        "* pooling/attention   50.0 ± 25.0  accuracy (%), 2 seeds, packaged",
    ]


def test_what_answers_is_what_the_command_takes(project, rnn):
    (row,) = [json.loads(line) for line in rnn("models", "parity", "--json")[1].splitlines()]
    assert json.loads(rnn("parity", "31", "--json")[1])["model"] == row["model"]


def test_a_single_seed_has_no_spread(project, rnn, tmp_path):
    path = project / "metrics/train/parity/rnn.json"
    content = read_json(path)
    try:
        write_json(path, {**content, "sd": dict.fromkeys(content["sd"]), "seeds": content["seeds"][:1]})
        assert "50.0  accuracy, 1 to 10 digits (%), 1 seed, packaged" in rnn("models", "parity")[1]
    finally:
        write_json(path, content)


def test_nothing_built_and_an_unknown_command_are_one_line(rnn, tmp_path, monkeypatch):
    (tmp_path / "dvc.yaml").touch()
    monkeypatch.chdir(tmp_path)
    code, out, err = rnn("models")
    assert (code, out) == (1, "") and err.startswith("error: no model is built: ") and err.count("\n") == 1
    code, out, err = rnn("models", "sing")
    assert code == 2 and "there is no command 'sing'; commands: digit, " in err and err.count("\n") == 1


@pytest.mark.parametrize("name", ["models", "demo"])
def test_a_command_of_an_exercise_cannot_take_its_name(monkeypatch, name):
    monkeypatch.setattr(commands, "commands", lambda: {name: "parity"})
    with pytest.raises(PipelineError, match=f"parity's command is called '{name}'"):
        commands.application()
