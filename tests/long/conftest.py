"""Copies of the project to disturb: each with its own DVC cache, so that nothing is taken from elsewhere."""

import hashlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.long.copies import change, copy, repro

# Long enough that there is something to interrupt.
SLOWER = {
    "corpora": {"imdb": {"limit": 2000}, "shakespeare": {"limit": 4000}},
    "parity": {"epochs": 4, "patience": 4, "epoch_size": 20_000},
    "packing": {"epochs": 4, "patience": 4, "reviews": 2000, "max_length": 300, "hidden_size": 64},
    "char_lm": {"epochs": 4, "patience": 4, "characters": 300_000},
}
FILE = bytes(range(256)) * 16_000  # 4 MB
CHUNK = 2**16


class SlowServer:
    """Serves FILE at about a megabyte a second, from where it is asked to; `served` is (first byte, bytes sent)."""

    def __init__(self) -> None:
        self.served: list[tuple[int, int]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(FILE) - start))
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(FILE) - 1}/{len(FILE)}")
                self.end_headers()
                server.served.append((start, 0))
                number = len(server.served) - 1
                for place in range(start, len(FILE), CHUNK):
                    try:
                        self.wfile.write(FILE[place : place + CHUNK])
                    except ConnectionError:
                        return
                    server.served[number] = start, min(place + CHUNK, len(FILE)) - start
                    time.sleep(0.06)

            def log_message(self, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/slow.bin"


@pytest.fixture(scope="session")
def web() -> Iterator[SlowServer]:
    server = SlowServer()
    threading.Thread(target=server.http.serve_forever, daemon=True).start()
    yield server
    server.http.shutdown()


@pytest.fixture(scope="session")
def disturbed(tmp_path_factory: pytest.TempPathFactory, web: SlowServer) -> Path:
    """The quick project with slower stages, their corpora prepared, and an edition of `digits` that comes slowly."""
    project = copy(tmp_path_factory.mktemp("disturbed") / "project")
    change(project, SLOWER)
    repro(project, *(f"prepare@{corpus}" for corpus in ("imdb", "shakespeare", "vectors", "series", "parity")))
    path = project / "pipeline/corpora/sources.yaml"
    sources = yaml.safe_load(path.read_text(encoding="utf-8"))
    file = {"url": web.url, "sha256": hashlib.sha256(FILE).hexdigest()}
    sources["digits"]["slow"] = {"reader": "idx", "files": [file]}
    path.write_text(yaml.safe_dump(sources, sort_keys=False), encoding="utf-8")
    change(project, {"corpora": {"digits": {"edition": "slow"}}})
    return project


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole quick graph, built."""
    project = copy(tmp_path_factory.mktemp("built") / "project")
    repro(project)
    return project
