"""`rnn digit`."""

import json
from pathlib import Path

from pipeline.answering.choice import answers, chosen
from pipeline.answering.lines import judged, name_of, read, show
from pipeline.answering.options import Files, JsonOption, ModelOption

NAME = "digit"


def command(files: Files, model: ModelOption = None, as_json: JsonOption = False) -> None:
    """Read one handwritten digit from an image. Exercise 1.

    Transparent parts count as paper, white or, under light ink, black.

    \b
    rnn digit seven.png
    """
    images = [read(file) for file in files]
    choice = chosen("shared_mlp", model)
    from pipeline.exercises.shared_mlp.picture import pixels

    names = [name_of(file) for file in files]
    asked = [json.dumps(pixels(image, name).tolist()) for image, name in zip(images, names, strict=True)]
    rows = answers(choice, asked, names)
    show(rows, lambda row: judged(str(row["digit"]), row["probability"], Path(row["input"]).name), as_json)
