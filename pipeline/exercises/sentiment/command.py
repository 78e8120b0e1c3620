"""`rnn sentiment`."""

from typing import Any

from pipeline.answering.choice import answers, chosen
from pipeline.answering.lines import judged, show, texts
from pipeline.answering.options import FileOption, JsonOption, ModelOption, TextArgument

NAME = "sentiment"


def command(
    text: TextArgument = None, file: FileOption = None, model: ModelOption = None, as_json: JsonOption = False
) -> None:
    """Is a film review positive or negative? Exercises 3 to 6.

    \b
    rnn sentiment "A quiet film that stays with you."
    rnn sentiment --file reviews.txt --json > answers.jsonl
    """
    asked = texts(text, file)

    def line(row: dict[str, Any]) -> str:
        positive = row["label"] == "positive"
        probability = row["probability"] if positive else 1 - row["probability"]
        return judged(row["label"], probability, row["input"], "green" if positive else "red")

    show(answers(chosen("sentiment", model), asked), line, as_json)
