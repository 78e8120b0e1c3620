"""`rnn parity`."""

from pipeline.answering.choice import answers, chosen
from pipeline.answering.lines import judged, show, texts
from pipeline.answering.options import FileOption, JsonOption, ModelOption, TextArgument

NAME = "parity"


def command(
    text: TextArgument = None, file: FileOption = None, model: ModelOption = None, as_json: JsonOption = False
) -> None:
    """Is the sum of a sequence of digits odd? The sheet's worked example.

    \b
    rnn parity 3141592
    """
    asked = texts(text, file)
    rows = answers(chosen("parity", model), asked)
    show(rows, lambda row: judged(row["parity"], row["probability"], row["input"]), as_json)
