"""A real MLflow server, which a test may stop and start."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

SQLITE = """
    export MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
    exec mlflow server --host 127.0.0.1 --port 5000 --workers 1 --backend-store-uri sqlite:///$PWD/server.db \\
        --artifacts-destination server
"""


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answering(uri: str, process: subprocess.Popen, log: Path | None = None) -> None:
    """Wait until a server that has been started answers; show its log if it does not."""
    deadline = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"{uri}/health", timeout=1).close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline, log and log.read_text()
            time.sleep(0.1)


class Server:
    """A real MLflow server.

    Args:
        project: where it runs, writes its log and, unless its command says otherwise, keeps its SQLite file.
        command: in the words of a shell, with port 5000, which becomes a free one.
        environment: variables that it has besides those of this process.
    """

    def __init__(self, project: Path, command: str = SQLITE, environment: Mapping[str, str] | None = None) -> None:
        self.project, self.port = project, free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self.command = command.replace("5000", str(self.port))
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # as in an activated shell
        self.environment = os.environ | {"PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true"} | (environment or {})

    def start(self) -> None:
        with (self.project / "server.log").open("w") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", self.command], cwd=self.project, env=self.environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        answering(self.uri, self.process, self.project / "server.log")

    def signal(self, number: int) -> None:
        os.killpg(self.process.pid, number)
        if number == signal.SIGKILL:
            self.process.wait()
