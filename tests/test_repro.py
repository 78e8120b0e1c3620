"""`make repro` on a terminal says how far it is; elsewhere its output is DVC's."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
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


def test_a_terminal_sees_which_stage_of_how_many(project):
    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "tools.repro"]
    with subprocess.Popen(command, stdout=inner, stderr=inner) as process:
        os.close(inner)
        text = b""
        while True:
            try:
                text += os.read(outer, 4096)
            except OSError:  # the other side is closed
                break
    assert process.returncode == 0
    lines = [line for line in text.decode().splitlines() if "stage '" in line]
    assert [line.split(",")[0] for line in lines] == ["[1/3", "[2/3", "[3/3"]
    assert Path("all").read_text() == "1\n2\n"


def test_a_file_gets_what_dvc_says_and_failures_are_passed_on(project):
    Path("dvc.yaml").write_text(GRAPH.replace("cat out1", "cat out3"))
    result = subprocess.run([sys.executable, "-m", "tools.repro"], capture_output=True, text=True)
    assert result.returncode != 0
    assert "Running stage 'first@1'" in result.stdout and "[1/3" not in result.stdout
