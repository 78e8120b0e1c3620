"""`make ui` serves this machine alone, on a port that is free."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil

from tests.long.copies import free_port

ROOT = Path(__file__).parents[2]


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


def test_a_port_that_is_taken_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        make = subprocess.run(["make", "ui", f"PORT={port}"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert make.returncode and make.stderr.startswith(f"error: port {port} cannot be used")
