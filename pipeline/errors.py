"""Errors meant for people: one line that says what is wrong, where, and what to do."""

import os
import sys
from collections.abc import Callable


class PipelineError(Exception):
    """Something the user can put right. Its text is the whole message: one line."""


def run_stage(main: Callable[[], None]) -> None:
    """Run a stage's `main` and turn foreseeable failures into one line and a non-zero exit.

    Anything else keeps its traceback: it is our bug, not the user's.
    """
    try:
        main()
    except PipelineError as error:
        sys.exit(f"error: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: run the same command again to continue\n")
        sys.stderr.flush()
        os._exit(130)
    except OSError as error:
        if error.errno is None:
            raise
        where = f" ({error.filename})" if error.filename else ""
        sys.exit(f"error: {os.strerror(error.errno)}{where}; put it right and run the same command again")
