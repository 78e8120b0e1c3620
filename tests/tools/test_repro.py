"""`make repro`, one stage after another: on a terminal it says how far it is; elsewhere its output is DVC's."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GRAPH = """
stages:
  first: {matrix: {n: [1, 2]}, cmd: "echo ${item.n} > out${item.n}", outs: ["out${item.n}"]}
  last: {cmd: "cat out1 out2 > all", deps: [out1, out2], outs: [all]}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    subprocess.run(["dvc", "init", "--no-scm", "--quiet"], check=True)
    Path("dvc.yaml").write_text(GRAPH)


def read_all(terminal):
    text = b""
    while True:
        try:
            text += os.read(terminal, 4096)
        except OSError:  # the other side is closed
            return text.decode()


def test_a_terminal_sees_which_stage_of_how_many(project):
    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "tools.repro", "--jobs", "1"]
    with subprocess.Popen(command, stdout=inner, stderr=inner) as process:
        os.close(inner)
        text = read_all(outer)
    assert process.returncode == 0
    lines = [line for line in text.splitlines() if "stage '" in line]
    assert [line.split(",")[0] for line in lines] == ["[1/3", "[2/3", "[3/3"]
    assert Path("all").read_text() == "1\n2\n"


def test_a_file_gets_what_dvc_says_and_failures_are_passed_on(project):
    Path("dvc.yaml").write_text(GRAPH.replace("cat out1", "cat out3"))
    result = subprocess.run([sys.executable, "-m", "tools.repro", "--jobs", "1"], capture_output=True, text=True)
    assert result.returncode != 0
    assert "Running stage 'first@1'" in result.stdout and "[1/3" not in result.stdout


SLOW = """
import time
try:
    open("begun", "w").close()
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)  # longer than subprocess.run waits for a child at Ctrl-C
    open("ended", "w").close()
    raise SystemExit(130)
"""
SCALED = "from pathlib import Path; from tools.scaled import repro; print('back', repro(Path.cwd()) != 0)"


@pytest.mark.parametrize("command", [["-m", "tools.repro"], ["-c", SCALED]], ids=["repro", "scaled"])
@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "file"])
@pytest.mark.parametrize("to_all", [True, False], ids=["ctrl-c", "sigterm"])
def test_it_waits_for_a_stage_that_is_stopped(project, command, terminal, to_all):
    Path("slow.py").write_text(SLOW)
    Path("dvc.yaml").write_text("stages: {slow: {cmd: python slow.py, outs: [ended]}}")
    outer, inner = pty.openpty()
    output = inner if terminal else os.open("log", os.O_WRONLY | os.O_CREAT)
    process = subprocess.Popen([sys.executable, *command], stdout=output, stderr=output, start_new_session=True)
    os.close(inner)
    deadline = time.monotonic() + 60
    while not Path("begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.3)  # DVC leaves Ctrl-C to the stage a moment after it began it
    if to_all:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.terminate()
    status = process.wait(60)
    text = read_all(outer) if terminal else Path("log").read_text()
    assert Path("ended").exists() and "Traceback" not in text
    assert "back True" in text if "-c" in command else status != 0
