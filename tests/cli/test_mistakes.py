"""What goes wrong is one line that says what to do: 2 for a wrong call, 1 for all else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import soundfile
from safetensors.torch import load_file, save_file

from pipeline.answering import lines
from pipeline.core.files import read_json, write_json

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("arguments", "stdin", "code", "message"), [
    (["sentiment", ""], b"", 1, "the text is empty"),
    (["sentiment"], b" \n\n", 1, "standard input is empty"),
    (["sentiment"], b"good\n\xff\xfe", 1, "standard input is not UTF-8 text (byte 5)"),
    (["tag"], b"ELF\0\0\0", 1, "zero bytes"),
    (["tag", "a \udcff"], b"", 1, "not UTF-8"),
    (["tag", "a", "--file", "-"], b"b", 2, "not both"),
    (["tag", "--file", "none.txt"], b"", 1, "down/none.txt"),
    (["parity", "12a"], b"", 1, "'12a' is not a sequence of digits"),
    (["parity"], b"12\n-3\n", 1, "'-3' is not a sequence of digits"),
    (["forecast", "1", "x"], b"", 2, "numbers"),
    (["forecast", "--", "1", "-1"], b"", 1, "none below 0"),
    (["forecast", "1", "inf"], b"", 1, "not finite"),
    (["generate", "--seed", ""], b"", 1, "empty"),
    (["generate", "--draw", str(2**64)], b"", 2, "--draw"),
    (["forecast", "--file", "-"], 10_000 * b"[", 1, "is not numbers"),
    (["translate", "dios", "--attention", "-"], b"", 2, "a folder that exists, not -"),
    (["translate", "dios", "--attention", ""], b"", 2, "a folder that exists"),
    (["translate", "dios", "--attention", "none/heat.png"], b"", 2, "down/none/heat.png"),
    (["generate", "--temperature", "0"], b"", 2, "--temperature"),
    (["generate", "--top-p", "1.5"], b"", 2, "--top-p"),
    (["recognise", "-"], b"RIFF, or so", 1, "standard input is not a sound file"),
    (["tag", "--file", "."], b"", 1, "directory"),
    (["recognise", "none.wav"], b"", 1, "down/none.wav"),
    (["digit", "-"], b"\x89PNG or so", 1, "standard input is not an image"),
    (["parity", "3", "--model", "tagging/bi_characters_crf"], b"", 2, "takes parity/VARIANT"),
    (["parity", "3", "--model", "parity/rnn/first"], b"", 2, "/SEED"),
    (["parity", "3", "--model", "parity/gru"], b"", 1, "`dvc repro parity@gru`; built are parity/rnn"),
    (["parity", "3", "--model", "parity/rnn/7"], b"", 1, "seed_7.safetensors is missing: the seeds there are 1, 2"),
    (["parity", "3", "--model", "parity/xyz"], b"", 2, "the variants of parity are rnn, gru, lstm, bilstm"),
    (["parity", "3", "--model", "parity/rnn/"], b"", 2, "takes parity/VARIANT"),
    (["parity", "3", "--model", "parity/rnn/1/"], b"", 2, "takes parity/VARIANT"),
    (["parity", "3", "--model", "parity/rnn/١"], b"", 2, "takes parity/VARIANT"),
    (["parity", "3", "--model", f"parity/rnn/{5000 * '1'}"], b"", 2, "takes parity/VARIANT"),
    (["forecast"], b'[1, 2, "x"]', 1, "is not numbers"),
    (["forecast"], b"\n", 1, "standard input is empty"),
    (["forecast", "1", "2", "1e308"], b"", 1, "a forecast takes values up to 1e+12"),
    (["forecast", "-f", "-"], b"[1%s]" % (400 * b"0"), 1, "is not numbers"),
    (["dance"], b"", 2, "dance"),
])  # fmt: skip
def test_one_line(project, rnn, arguments, stdin, code, message):
    found, out, err = rnn(*arguments, stdin=stdin)
    assert (found, out) == (code, "")
    (line,) = err.splitlines()
    assert line.startswith("error: ") and message in line


def test_what_is_no_file_is_not_replaced_by_a_picture(project, rnn, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    code, out, err = rnn("translate", "dios", "--attention", tmp_path / "pipe")
    assert (code, out) == (1, "") and err == f"error: {tmp_path}/pipe is not a regular file: name another\n"
    assert (tmp_path / "pipe").is_fifo()


def test_silence_and_an_empty_page_show_nothing(project, rnn, tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(8000), 8000)
    matplotlib.image.imsave(tmp_path / "page.png", np.ones((40, 40, 3)))
    assert rnn("recognise", tmp_path / "silent.wav")[2] == f"error: {tmp_path}/silent.wav is silent: record it again\n"
    assert "shows nothing" in rnn("digit", tmp_path / "page.png")[2]


def test_models_that_are_not_built(project, rnn, tmp_path, monkeypatch):
    empty = tmp_path / "empty"
    (empty / "models").mkdir(parents=True)
    shutil.copy(project / "dvc.yaml", empty)
    monkeypatch.chdir(empty / "models")
    _, _, err = rnn("translate", "dios")
    assert err == "error: no model for `rnn translate` is built: build one with `dvc repro translation`\n"
    _, _, err = rnn("sentiment", "a", "-m", "pooling/last")
    assert err == "error: models/pooling/last is not built: build it with `dvc repro pooling@last`\n"
    shutil.copytree(project / "models/parity", empty / "models/parity")
    assert "metrics/train/parity/rnn.json is missing" in rnn("parity", "3")[2]
    write_json(empty / "models/parity/rnn/model.json", {"class": "Oracle", "arguments": {}})
    assert "not hold a model of this version" in rnn("parity", "3", "-m", "parity/rnn/1")[2]


def test_a_variant_that_is_no_longer_declared_does_not_answer(project, rnn, tmp_path, monkeypatch):
    """DVC leaves its folder behind."""
    copy = tmp_path / "project"
    shutil.copytree(project, copy)
    shutil.copytree(copy / "models/parity/rnn", copy / "models/parity/gone")
    scores = read_json(copy / "metrics/train/parity/rnn.json")
    for seed in scores["seeds"]:
        seed["validation"]["loss"] = 0.0
    write_json(copy / "metrics/train/parity/gone.json", scores)
    monkeypatch.chdir(copy)
    assert json.loads(rnn("parity", "3", "--json")[1])["model"] == "parity/rnn"
    assert "the variants of parity are rnn, gru, lstm, bilstm" in rnn("parity", "3", "-m", "parity/gone")[2]


def test_no_call_shows_help(rnn):
    code, out, err = rnn()
    assert (code, err) == (0, "") and "Usage: rnn" in out
    assert all(command in out for command in ("sentiment", "tag", "translate", "generate", "recognise", "forecast"))


def test_colour_on_a_terminal_alone(monkeypatch, capsys):
    assert lines.styled("odd", fg="red") == "odd"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert lines.styled("odd", fg="red") == "\x1b[31modd\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert lines.styled("odd", fg="red") == "odd"


def shortened(folder):
    path = folder / "vocabulary.json"
    path.write_text(json.dumps(json.loads(path.read_text())[2:]))


def lengthened(folder):
    path = folder / "vocabulary.json"
    path.write_text(json.dumps([*json.loads(path.read_text()), "quiet", "zebra"]))


def cut(folder):
    path = folder / "seed_1.safetensors"
    path.write_bytes(path.read_bytes()[:-50])


def reshaped(folder):
    path = folder / "seed_1.safetensors"
    save_file({name: value[:-1].clone() for name, value in load_file(path).items()}, path)


def undescribed(folder):
    path = folder / "model.json"
    description = json.loads(path.read_text())
    write_json(path, {name: description[name] for name in ("class", "arguments")})


@pytest.mark.parametrize("spoil", [shortened, lengthened, cut, reshaped, undescribed])
def test_a_model_that_is_not_whole_is_one_line(project, rnn, tmp_path, monkeypatch, spoil):
    shutil.copytree(project, tmp_path / "project", ignore=shutil.ignore_patterns("deep"))
    monkeypatch.chdir(tmp_path / "project")
    spoil(tmp_path / "project/models/sentiment/gru")
    code, out, err = rnn("sentiment", "a quiet zebra", "-m", "sentiment/gru/1")
    assert (code, out) == (1, "")
    assert "models/sentiment/gru does not hold a model of this version" in err.splitlines()[-1]
    assert err.splitlines()[-1].endswith("train it again with `dvc repro sentiment@gru`")
    assert "Traceback" not in err


def shell(project, command, **environment):
    """Run a line of shell in the project's folder, in which `rnn` is the command."""
    rnn = f'rnn() {{ "{sys.executable}" -m pipeline.cli "$@"; }}; '
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    done = subprocess.run(["sh", "-c", rnn + command], cwd=project, env=environment, capture_output=True)
    return done.returncode, done.stdout, done.stderr.decode()


def test_closed_streams_end_in_a_line(project):
    code, out, err = shell(project, "rnn parity 31 >&-")
    assert (code, out) == (
        1,
        b"",
    ) and err == "error: standard output is closed: let the answer go to a terminal, a file or a pipe\n"
    code, out, err = shell(project, "rnn parity <&-")
    assert (code, out) == (2, b"") and err.startswith("error: ") and len(err.splitlines()) == 1
    code, out, err = shell(project, "rnn parity -f - <&-")
    assert (code, out) == (1, b"") and err.startswith("error: standard input is closed") and len(err.splitlines()) == 1
    assert shell(project, "rnn parity 31x 2>&-") == (1, b"", "")
    assert shell(project, "rnn parity --dance 2>&-") == (2, b"", "")


def test_what_the_terminal_cannot_show_is_escaped(project):
    code, out, err = shell(project, "rnn sentiment 'a caf\u00e9 film'", PYTHONIOENCODING="ascii")
    assert (code, err) == (0, "") and out.endswith(b"  a caf\\xe9 film\n")
    code, out, err = shell(project, "rnn sentiment --json 'a caf\u00e9 film'", PYTHONIOENCODING="ascii")
    assert (code, err) == (0, "") and json.loads(out)["input"] == "a caf\u00e9 film"


def test_an_argument_is_utf8_whatever_the_locale_says(project):
    code, out, err = shell(project, "rnn sentiment --json 'a caf\u00e9 film'", LC_ALL="C", PYTHONUTF8="0")
    assert (code, err) == (0, "") and json.loads(out)["input"] == "a caf\u00e9 film"
