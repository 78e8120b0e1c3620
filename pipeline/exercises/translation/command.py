"""`rnn translate`."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.answering.choice import answers, chosen
from pipeline.answering.lines import STANDARD_INPUT, show, texts
from pipeline.answering.options import FileOption, JsonOption, ModelOption, TextArgument, absolute
from pipeline.answering.user_file import user_file

NAME = "translate"


def command(
    text: TextArgument = None,
    file: FileOption = None,
    attention: Annotated[
        Path | None,
        typer.Option(callback=absolute, metavar="PNG", show_default=False,
                     help="Draw where the decoder looked while it translated, one sentence only."),
    ] = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Translate sentences: from Spanish, where the model learnt on the packaged corpus. Exercises 8 and 11.

    \b
    rnn translate "¿Dónde está la biblioteca?" --attention heat.png
    """
    asked = texts(text, file)
    if attention is not None and len(asked) > 1:
        raise typer.BadParameter(f"--attention draws one sentence, not {len(asked)}")
    if attention is not None and (attention == STANDARD_INPUT or attention.is_dir() or not attention.parent.is_dir()):
        raise typer.BadParameter(f"--attention takes a PNG file in a folder that exists, not {attention}")
    choice = chosen("translation", model)
    if attention is not None:
        with user_file(attention) as temporary:
            from pipeline.exercises.translation.heat_map import draw

            temporary.write_bytes(draw(choice.directory, choice.seed, asked[0]))
    show(answers(choice, asked), lambda row: row["translation"], as_json)
