"""`make ui` serves this machine alone, on a port that is free, and its addresses show scores and learning curves."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.tracking.server import answering, free_port
from tests.tracking.tracked_project import RESULTS, append, line, make_project, progress, start

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def test_the_ui_listens_on_loopback_only():
    port = free_port()
    make = subprocess.Popen(["make", "ui", f"PORT={port}"], cwd=ROOT, start_new_session=True)
    try:
        deadline = time.monotonic() + 120
        addresses: set[tuple[str, int]] = set()
        while not addresses:
            assert time.monotonic() < deadline and make.poll() is None
            time.sleep(0.5)
            for process in psutil.Process(make.pid).children(recursive=True):
                listening = [c for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
                addresses |= {tuple(connection.laddr) for connection in listening}
        assert addresses == {("127.0.0.1", port)}
    finally:
        os.killpg(make.pid, signal.SIGTERM)
        make.wait()


@pytest.mark.parametrize("port", ["abc", "", "99999"])
def test_what_is_no_port_is_one_line(port):
    make = subprocess.run(["make", "ui", f"PORT={port}"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert make.returncode and make.stdout == "" and make.stderr.startswith("error: port")


def test_a_port_that_is_taken_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        make = subprocess.run(["make", "ui", f"PORT={port}"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert make.returncode and make.stderr.startswith(f"error: port {port} cannot be used")


@pytest.fixture
def address(tmp_path, monkeypatch):
    """What `make ui` prints for the one exercise of a project that has one variant, while it serves."""
    make_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with start() as runs:
        for path in progress().values():
            append(path, line(1) + line(2))
        runs.finish(RESULTS)
    port = free_port()
    command = ["make", "-f", ROOT / "Makefile", "-o", "setup", f"VENV={ROOT / '.venv'}", "ui", f"PORT={port}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    make = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        printed = [make.stdout.readline() for _ in range(3)]
        answering(f"http://127.0.0.1:{port}", make)
        yield re.search(r"sentiment +(http://\S+)", printed[2])[1]
    finally:
        os.killpg(make.pid, signal.SIGTERM)
        make.wait()


def page(address):
    """The page as a browser that was never here shows it, as HTML."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1440,1000"]
    command += ["--virtual-time-budget=60000", "--dump-dom", address]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to look with: apt-get install chromium")
def test_a_newcomer_sees_scores_and_learning_curves(address):
    charts = page(address)
    table = page(address.replace("compareRunsMode=CHART", "compareRunsMode=TABLE"))
    for html in (charts, table):
        assert "Test accuracy (%): lstm 78.5" in html  # the experiment's description
        assert "Group: lstm" in html and "Model training" in html and "Model registry" in html
    assert "Score and learning curves" in charts
    assert all(name in charts for name in ("test/accuracy", "train/loss", "validation/accuracy"))
    assert 'class="trace bars"' in charts and charts.count('class="js-line"') >= 3  # drawn by Plotly
    assert "test/accuracy" in table and "0.78" in table
