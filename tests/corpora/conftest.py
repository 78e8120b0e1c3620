"""A real web server on this machine, with the faults of the real ones."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

Fault = int | str  # an HTTP status to answer with, or the name of a misbehaviour


class WebServer:
    """Serves `files` (path -> bytes). Each request for a path uses up one of its `faults`, if any are left:

    a status; "drop" (half of what was asked for, then the connection breaks); "no range" (the whole file);
    "wrong range" (another range than was asked for).
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.login: str | None = None  # the Authorization header that every request must have
        self.served: list[tuple[str, str | None, int]] = []  # path, Range header, bytes of body sent
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.http.server_port}{path}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path, asked = request.path, request.headers.get("Range")
        fault = self.faults[path].pop(0) if self.faults.get(path) else None
        if self.login and request.headers.get("Authorization") != self.login:
            fault = 401
        elif fault is None and path not in self.files:
            fault = 404
        status, body, headers = 200, self.files.get(path, b""), {}
        if isinstance(fault, int):
            status, body = fault, b"no"
        elif asked and fault != "no range":
            start, total = int(asked.removeprefix("bytes=").removesuffix("-")), len(body)
            status, body = (206, body[start:]) if start < total else (416, b"")
            if fault == "wrong range":
                start, body = 0, self.files[path]
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        sent = body[: len(body) // 2] if fault == "drop" else body
        self.served.append((path, asked, len(sent)))
        request.send_response(status)
        headers |= {
            "Content-Length": str(len(body)),
            "Content-Type": "text/html" if path.endswith("/") else "text/plain",
        }
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(sent)


@pytest.fixture
def web() -> Iterator[WebServer]:
    server = WebServer()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project root with nothing of the user's pip or network settings, and no waiting between attempts."""
    monkeypatch.chdir(tmp_path)
    for name in ("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "TRUSTED_HOST", "CERT", "PROXY", "NO_INDEX"):
        monkeypatch.delenv(f"PIP_{name}", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pipeline.corpora.sources.download.PAUSES", (0.0, 0.0, 0.0))
    return tmp_path
