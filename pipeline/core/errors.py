"""Errors meant for people: one line that says what is wrong, where, and what to do."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

from pipeline import INTERRUPTED, end_in_a_line


class PipelineError(Exception):
    """Something the user can put right. Its text is the whole message: one line."""


def run_stage(main: Callable[[], None]) -> None:
    """Run a stage's `main` and turn foreseeable failures into one line and a non-zero exit.

    Anything else keeps its traceback: it is our bug, not the user's.
    """
    if signal.getsignal(signal.SIGINT) is end_in_a_line:  # from here on Ctrl-C is an exception, so that runs are closed
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
    except PipelineError as error:
        sys.exit(f"error: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        with suppress(OSError):  # os._exit would drop what is printed but not yet written
            sys.stdout.flush()
        sys.stderr.write(INTERRUPTED)
        sys.stderr.flush()
        os._exit(130)
    except OSError as error:
        if error.errno is None:
            raise
        place = error.filename2 or error.filename  # where a file is copied, its source is not what is full
        where = f" ({place})" if place else ""
        sys.exit(f"error: {os.strerror(error.errno)}{where}; put it right and run the same command again")
