"""The arguments and options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.answering.choice import built, commands, enter_project


def models_of(context: typer.Context, incomplete: str) -> list[str]:
    """For the shell's completion of --model."""
    enter_project()
    owner = commands().get(context.info_name or "")
    names = built(owner) if owner else []
    return [name for name in names if name.startswith(incomplete)]


def absolute(file: Path | list[Path] | None) -> Path | list[Path] | None:
    """Where a file is for the user: commands go to the project's root. `-` stays what it is."""
    if isinstance(file, list):
        return [path if str(path) == "-" else path.absolute() for path in file]
    return file if file is None or str(file) == "-" else file.absolute()


TextArgument = Annotated[str | None, typer.Argument(help="One text.", show_default=False)]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file", "-f", callback=absolute, show_default=False,
        help="A file with one text a line; - is standard input.",
    ),
]  # fmt: skip
Files = Annotated[list[Path], typer.Argument(callback=absolute, show_default=False, help="- is standard input.")]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", "-m", metavar="EXERCISE/VARIANT[/SEED]", autocompletion=models_of, show_default=False,
        help="The model to ask, instead of the best by validation score.",
    ),
]  # fmt: skip
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON, one object a line.")]
