"""`rnn demo`: a page in the browser to try the models."""

import gc
import os
import socket
import sys
import webbrowser
from contextlib import suppress
from typing import Annotated

import typer

from pipeline.answering.choice import enter_project
from pipeline.core.errors import PipelineError

NAME = "demo"


def command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page is; 0 is any free port.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
) -> None:
    """Open a page to try the models, in English and in Spanish. It is for this machine alone; Ctrl-C ends it.

    \b
    rnn demo
    rnn demo --port 8000 --no-browser
    """
    enter_project()
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise PipelineError(f"port {port} cannot be used ({why}): name another with --port, or none") from None
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    gc.enable()  # it runs for hours
    import uvicorn

    from pipeline.demo.server import application

    config = uvicorn.Config(application(), log_level="critical", timeout_graceful_shutdown=1, server_header=False)
    print(f"{address} (Ctrl-C ends it)", flush=True)
    if browser and has_screen():
        webbrowser.open(address)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def has_screen() -> bool:
    """Without one, `webbrowser` would open a browser of text in this terminal."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
