"""Every command answers, from arguments, files and standard input; a batch is its texts one by one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pyarrow as pa
import pytest
import soundfile

from pipeline.corpora.prepared.tables import write_table

ROOT = Path(__file__).parents[2]
LINES = {
    "sentiment": ["a quiet film", "dull", "long and dull and long <br /> and dull and long and dull .", "unheard"],
    "tag": ["the king is dead .", "film", "a quiet king stays with you in the long film and is dead"],
    "translate": ["dios es amor .", "luz", "dios es amor y luz y amor y luz ."],
    "next": ["the king is", "a", "a quiet film stays with you and"],
    "parity": ["3141592", "7", "00000000000000000000001"],
    "forecast": ["1 2 3", "5 5 5 5 5 5 5 5 5 5 5", "[4, 5]"],
}


@pytest.fixture(autouse=True)
def not_required(monkeypatch):
    """What a served model lacks, though a module that answers could import it: see tests/answering/test_served.py."""
    monkeypatch.setitem(sys.modules, "torchtext", None)


def rows(out):
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize("command", LINES)
def test_lines_are_answered_in_order_and_as_each_alone(project, rnn, tmp_path, command):
    lines = LINES[command]
    (tmp_path / "lines.txt").write_text("\ufeff" + "\r\n\n".join(lines) + "\n\n", encoding="utf-8")
    code, out, err = rnn(command, "--file", tmp_path / "lines.txt", "--json")
    assert (code, err) == (0, "")
    together = rows(out)
    assert [row["input"] for row in together] == lines
    alone = [rows(rnn(command, "--file", "-", "--json", stdin=line.encode())[1])[0] for line in lines]
    for row, other in zip(together, alone, strict=True):
        assert row == {k: pytest.approx(v, abs=1e-5) if isinstance(v, float) else v for k, v in other.items()}
    assert len(rnn(command, "-f", tmp_path / "lines.txt")[1].splitlines()) == len(lines)
    assert rows(rnn(command, "--json", stdin=lines[0].encode())[1]) == alone[:1]
    if command != "forecast":
        assert rows(rnn(command, lines[0], "--json")[1]) == alone[:1]


def test_answers_for_people(project, rnn):
    for command, words in {"sentiment": {"negative", "positive"}, "parity": {"odd", "even"}}.items():
        answer, percent, text = rnn(command, LINES[command][0])[1].rstrip("\n").split("  ")
        assert answer in words and text == LINES[command][0]
        assert 50 <= float(percent.rstrip("%")) <= 100
    text = "The king is dead."
    tagged = rnn("tag", text)[1].rstrip("\n")
    plain = tagged.replace("[", "").replace(" PER]", "").replace(" LOC]", "")
    assert plain == text != tagged  # the random model finds something


def test_the_best_model_answers_unless_another_is_asked(project, rnn):
    def answered(*arguments):
        (row,) = rows(rnn(*arguments, "--json")[1])
        return row["model"], row["seed"]

    assert answered("sentiment", "a film") == ("pooling/attention", 2)
    assert answered("sentiment", "a film", "--model", "sentiment/gru") == ("sentiment/gru", 1)
    assert answered("sentiment", "a film", "-m", "sentiment/gru/2") == ("sentiment/gru", 2)
    assert answered("translate", "dios") == ("translation/luong", 1)
    assert answered("forecast", "1", "2", "3", "4") == ("next_value/gru", 2)  # an autoregression's score flatters it
    assert answered("forecast", "1", "2", "3", "4", "-m", "next_value/autoregression")[0] == "next_value/autoregression"


def test_attention_is_drawn(project, rnn, tmp_path):
    for model in ("luong", "bahdanau"):
        picture = tmp_path / f"{model}.png"
        code, out, err = rnn("translate", "dios es amor .", "--attention", picture, "-m", f"translation/{model}")
        assert (code, err) == (0, "") and out == rnn("translate", "dios es amor .", "-m", f"translation/{model}")[1]
        assert matplotlib.image.imread(picture).shape[2] == 4
    code, out, err = rnn("translate", "dios", "--attention", tmp_path / "no.png", "-m", "translation/none")
    assert code == 1 and err == "error: models/translation/none has no attention to show: take another --model\n"
    assert rnn("translate", "--attention", tmp_path / "no.png", stdin=b"dios\nes\n")[0] == 2
    assert not (tmp_path / "no.png").exists()


def test_generated_text_depends_on_what_is_given_alone(project, rnn):
    def text(*arguments):
        code, out, err = rnn("generate", "--seed", "ROMEO:", *arguments)
        assert (code, err) == (0, "")
        return out

    first = text("--length", "60")
    assert first.startswith("ROMEO:") and len(first) == 6 + 60 + 1 and first == text("--length", "60")
    assert first != text("--length", "60", "--draw", "2")
    assert first.startswith(text("--length", "20")[:-1])
    cold = text("--temperature", "0.01", "--length", "30")
    assert cold == text("--top-p", "0.01", "--length", "30", "--draw", "9")  # the likeliest character alone
    (row,) = rows(text("--length", "60", "--json"))
    assert row["input"] + row["text"] + "\n" == first


def test_generated_text_comes_as_it_is_written(project):
    """The first characters are there long before the last: a reader need not wait, and may go."""
    command = [sys.executable, "-m", "pipeline.cli", "generate", "--seed", "ROMEO:", "--length", "100000000"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout.read(50).startswith(b"ROMEO:")
        process.stdout.close()
        assert process.wait(60) == 1
        assert process.stderr.read() == b""


def test_recordings_are_recognised(project, rnn, tmp_path):
    for name, rate in (("a.wav", 8000), ("b.wav", 44100)):
        tone = np.sin(np.arange(rate // 2) * 2 * np.pi * 500 / rate) * 0.3
        soundfile.write(tmp_path / name, tone, rate)
    code, out, _ = rnn("recognise", tmp_path / "a.wav", tmp_path / "b.wav", "--json")
    first, second = rows(out)
    assert code == 0 and first["word"] == second["word"] and first["input"].endswith("a.wav")
    assert rnn("recognise", "-", stdin=(tmp_path / "a.wav").read_bytes())[1].startswith(first["word"])


def test_digits_are_read(project, rnn, tmp_path):
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 13:15] = 255
    matplotlib.image.imsave(tmp_path / "one.png", image, cmap="gray")
    code, out, _ = rnn("digit", tmp_path / "one.png", "--json")
    (row,) = rows(out)
    assert code == 0 and row["digit"] in range(10) and 0 < row["probability"] <= 1


def test_without_numbers_the_sunspots_are_forecast(project, rnn):
    code, _, err = rnn("forecast")
    assert code == 1 and "`dvc repro prepare@series`" in err
    years, values = list(range(1990, 2000)), [10.0, 20, 40, 80, 60, 40, 20, 10, 20, 40]
    table = {"year": pa.array(years, pa.int32()), "value": pa.array(values, pa.float64())}
    write_table(project / "data/prepared/series/sunspots.arrow", table)
    assert rnn("forecast")[1] == rnn("forecast", *values)[1]
