"""A student's file runs in a process of its own: whatever it does there is one line."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.checking import process
from pipeline.checking.checks import Wrong
from pipeline.checking.theirs import explained, findings, load
from pipeline.core.errors import PipelineError
from tools.worksheets import solutions

ROOT = Path(__file__).parents[2]
EXERCISE, SOLUTION = next((name, path) for name, path in solutions().items() if (path.parent / "training.py").exists())


def rnn(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *map(str, arguments)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def f(:\n    pass\n", "mine.py line 1: this is not Python (invalid syntax)"),
        ("import torch\n\nexit()\n", "mine.py line 3: it ends the program (exit): take that out"),
        ("raise SystemExit(0)\n", "mine.py line 1: it ends the program (exit)"),
        ("x = 1\ny = x + z\n", "mine.py line 2: NameError: name 'z' is not defined"),
        ("import torhc\n", "mine.py line 1: ModuleNotFoundError: No module named 'torhc'"),
        ("raise NotImplementedError('hueco 1')\n", "mine.py line 1: hueco 1 is still empty"),
        ("raise ValueError('one\\ntwo')\n", "mine.py line 1: ValueError: one two"),
    ],
)
def test_a_file_that_does_not_load_is_one_line(code, message, tmp_path):
    (tmp_path / "mine.py").write_text(code)
    with pytest.raises(Wrong) as error:
        load(tmp_path / "mine.py")
    assert str(error.value).startswith(message) and "\n" not in str(error.value)


def test_a_file_that_theirs_imports_is_named_where_it_is_not_python(tmp_path):
    (tmp_path / "helper_of_mine.py").write_text("x = 1\ndef f(:\n")
    (tmp_path / "mine.py").write_text("import helper_of_mine\n")
    with pytest.raises(Wrong, match=r"^helper_of_mine.py line 2: this is not Python"):
        load(tmp_path / "mine.py")


def test_an_error_outside_of_their_file_is_not_told_as_one_in_it(tmp_path):
    def adds(theirs):
        """One is added."""
        theirs.f() + 1

    file = tmp_path / "mine.py"
    for code, said in (
        ("def f():\n    return None\n", "what mine.py gave could not be used: TypeError: unsupported operand"),
        ("def f(x):\n    return x\n", "what mine.py gave could not be used: TypeError: f() missing"),
        ("def f():\n    return 1 + None\n", "mine.py line 2: TypeError: unsupported operand"),
    ):
        file.write_text(code)
        (problem,) = findings([adds], load(file), file)
        assert problem.startswith(f"One is added: {said}")


def test_a_line_is_known_from_the_text_of_another_process(tmp_path):
    file = tmp_path / "mine.py"
    error = ValueError("no")
    error.__cause__ = Exception(f'Traceback:\n  File "{file}", line 3, in f\n  File "{file}", line 7, in g\n')
    assert explained(error, file) == "mine.py line 7: ValueError: no"


def test_the_command_says_what_is_wrong_without_a_traceback(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("print('noise')\n")
    done = rnn("check", EXERCISE, file)
    assert done.returncode == 1 and "there is no " in done.stdout and "noise" not in done.stdout
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    file.write_text(SOLUTION.read_text(encoding="utf-8"))
    done = rnn("check", EXERCISE, file)
    assert (done.returncode, done.stderr) == (0, "") and "checks passed" in done.stdout and "wrong" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("check", "99", "mine.py"), 2, "no worksheet of an exercise '99'; there are: "),
        (("check", EXERCISE, "none.py"), 1, "none.py is missing: give the .py file"),
        (("check", EXERCISE, "README.md"), 1, "README.md is not a Python file"),
    ],
)
def test_a_wrong_call_is_one_line(arguments, code, message):
    done = rnn(*arguments)
    assert done.returncode == code and message in done.stderr and done.stderr.count("\n") == 1


def test_an_endless_loop_is_ended(tmp_path):
    (tmp_path / "mine.py").write_text("import subprocess\nsubprocess.Popen(['sleep', '987'])\nwhile True:\n    pass\n")
    (finding,) = process.checked(EXERCISE, tmp_path / "mine.py", limit=6.0)
    assert finding.problem.endswith("not done after 6 s: is there a loop that never ends?")
    time.sleep(0.1)
    assert "sleep 987" not in subprocess.run(["ps", "axo", "args"], capture_output=True, text=True).stdout


def test_a_machine_that_is_too_slow_to_begin_is_no_endless_loop(tmp_path):
    (tmp_path / "mine.py").touch()
    with pytest.raises(PipelineError, match=r"could not begin within 0.01 s: is the machine busy"):
        process.checked(EXERCISE, tmp_path / "mine.py", limit=0.01)


def test_a_report_that_a_full_disk_cut_is_read_so_far(tmp_path, monkeypatch):
    def runs(module, arguments, *_):
        Path(arguments[-1]).write_text('{"started": true}\n{"begins": "One"}\n{"problem": null}\n{"begins": "Tw')
        return 1

    monkeypatch.setattr(process, "run", runs)
    good, bad = process.checked(EXERCISE, tmp_path / "mine.py")
    assert good == ("One", None) and "the process ended in the middle (exit code 1)" in bad.problem


def test_a_process_that_ends_itself_is_told(tmp_path):
    (tmp_path / "mine.py").write_text("import os\nos._exit(0)\n")
    (finding,) = process.checked(EXERCISE, tmp_path / "mine.py")
    assert "the process ended in the middle (exit code 0)" in finding.problem


def test_what_a_file_writes_where_it_stands_touches_nothing_of_the_project(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import os\nfor name in os.listdir('.'):\n    os.remove(name)\nopen('left.txt', 'w')\n")
    before = sorted(path.name for path in ROOT.iterdir())
    assert rnn("check", EXERCISE, file).returncode == 1
    assert sorted(path.name for path in ROOT.iterdir()) == before and file.exists()


def test_a_file_that_ends_the_process_while_it_loads_is_named(tmp_path):
    (tmp_path / "mine.py").write_text("import os\nos._exit(0)\n")
    (found,) = process.checked(EXERCISE, tmp_path / "mine.py")
    assert found.problem.startswith("the file: the process ended in the middle (exit code 0)")
