"""`rnn forecast`."""

from typing import Annotated

import typer

from pipeline.answering.choice import answers, chosen
from pipeline.answering.lines import note, show, texts_if_any
from pipeline.answering.options import FileOption, JsonOption, ModelOption

NAME = "forecast"


def command(
    numbers: Annotated[list[float] | None, typer.Argument(help="A series, oldest first.", show_default=False)] = None,
    file: FileOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forecast the next value of a series like the yearly sunspots; without numbers, of the sunspots. Exercise 2.

    \b
    rnn forecast
    rnn forecast 10.2 15.1 47 93.8 105.9 105.5 104.5 66.6 68.9 38 34.5
    """
    asked = texts_if_any(" ".join(map(str, numbers)) if numbers else None, file)
    choice = chosen("next_value", model)
    shown = None
    if asked is None:
        from pipeline.corpora.prepared.tables import PREPARED, flat, read_table

        table = read_table(PREPARED / "series" / "sunspots.arrow")
        asked = [" ".join(map(str, flat(table, "value").tolist()))]
        years = flat(table, "year")
        shown = [f"sunspots, {years[0]} to {years[-1]}"]
        note(f"{shown[0]}; for {years[-1] + 1}:")
    show(answers(choice, asked, shown), lambda row: f"{row['next']:.1f}", as_json)
