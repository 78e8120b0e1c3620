"""`rnn recognise`."""

import json
from pathlib import Path

from pipeline.answering.choice import answers, chosen
from pipeline.answering.lines import judged, name_of, read, show
from pipeline.answering.options import Files, JsonOption, ModelOption
from pipeline.core.files import read_json

NAME = "recognise"


def command(files: Files, model: ModelOption = None, as_json: JsonOption = False) -> None:
    """Recognise one spoken word: a digit, where the model learnt on the packaged corpus. Exercise 9.

    Whatever is heard, the answer is one of the words that the model knows.

    \b
    rnn recognise clip.wav
    """
    sounds = [read(file) for file in files]
    choice = chosen("speech", model)
    from pipeline.exercises.speech.sound import cepstra

    edition = read_json(choice.directory / "model.json")["edition"]
    names = [name_of(file) for file in files]
    asked = [json.dumps(cepstra(s, name, edition).tolist()) for s, name in zip(sounds, names, strict=True)]
    rows = answers(choice, asked, names)
    show(rows, lambda row: judged(row["word"], row["probability"], Path(row["input"]).name), as_json)
