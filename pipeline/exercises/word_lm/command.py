"""`rnn next`."""

from pipeline.answering.choice import answers, chosen
from pipeline.answering.lines import judged, show, texts
from pipeline.answering.options import FileOption, JsonOption, ModelOption, TextArgument

NAME = "next"


def command(
    text: TextArgument = None, file: FileOption = None, model: ModelOption = None, as_json: JsonOption = False
) -> None:
    """Guess the next word of a line of Shakespeare. Exercise 7.

    \b
    rnn next "Shall I compare thee to a summer's"
    """
    asked = texts(text, file)
    rows = answers(chosen("word_lm", model), asked)
    show(rows, lambda row: judged(row["next"], row["probability"], row["input"]), as_json)
