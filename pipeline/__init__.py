"""Recurrent networks, reproducibly: a folder per exercise, a module per corpus and model; dvc.yaml runs them."""

import os
import signal
import sys

INTERRUPTED = "interrupted: run the same command again to continue\n"


def end_in_a_line(signum: int, frame: object) -> None:
    """Say that Ctrl-C was heard, and end at once."""
    sys.stderr.write(INTERRUPTED)
    sys.stderr.flush()
    os._exit(130)


# `python -m pipeline.STAGE` imports for seconds before run_stage can catch Ctrl-C; nothing has been begun by then.
if sys.argv[:1] == ["-m"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, end_in_a_line)
