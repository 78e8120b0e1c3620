"""The command `rnn`: the command.py of every exercise that has one. PyTorch is imported when there is a question."""

import gc
import io
import os
import sys

import typer
from typer.exceptions import TyperException

from pipeline.answering.choice import commands
from pipeline.cli import check, demo, models
from pipeline.core.errors import PipelineError, run_stage
from pipeline.registry import part

HELP = (
    "Ask the trained models of the course sheet. Answers come from the best model that is built, by validation score; "
    "--model names another. `check` is for students: it checks the solution of a worksheet.\n\n"
    "Texts are arguments, lines of --file, or lines of standard input."
)


def application() -> typer.Typer:
    """The commands of the exercises in the order of their names, `models`, `check` and `demo`.

    Raises:
        PipelineError: two have one name.
    """
    settings = {"help_option_names": ["-h", "--help"]}
    app = typer.Typer(help=HELP, rich_markup_mode=None, context_settings=settings)
    own = {module.NAME: module.command for module in (models, check, demo)}
    for name, owner in commands().items():
        if name in own:
            raise PipelineError(f"{owner}'s command is called {name!r}, as one of the project's own: change its NAME")
        app.command(name)(part(owner, "command").command)
    for name, command in own.items():
        app.command(name)(command)
    return app


def main() -> None:
    """Run `rnn`: every failure is one line; the exit code is 2 for a wrong call, 1 for everything else."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # networks this small lose time when threads wait for each other
    gc.disable()  # objects that importing PyTorch and spaCy makes are no garbage: searching them takes half a second,
    try:
        run_stage(_run)
    finally:
        gc.freeze()  # and again at the end


def _run() -> None:
    _streams()
    try:
        sys.exit(application()(sys.argv[1:] or ["--help"], prog_name="rnn", standalone_mode=False))
    except TyperException as error:
        print(f"error: {' '.join(error.format_message().split())} (see rnn --help)", file=sys.stderr)
        sys.exit(error.exit_code)


def _streams() -> None:
    """Prepare streams that are closed, or that cannot show every character: those they cannot show are escaped."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, it stays open
    if sys.stdout is None:
        sys.exit("error: standard output is closed: let the answer go to a terminal, a file or a pipe")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
