"""The commands of `rnn`, one an exercise. PyTorch and the rest are imported when a command has something to ask."""

import gc
import json
import os
import sys
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from pipeline.cli.choice import Choice, choose, enter_project
from pipeline.cli.lines import judged, marked, name_of, note, read, show, styled, texts
from pipeline.cli.options import FileOption, Files, JsonOption, ModelOption, TextArgument, absolute
from pipeline.core.errors import run_stage
from pipeline.core.files import read_json, replacing

app = typer.Typer(
    help="Ask the trained models of the course sheet. Answers come from the best model that is built, by validation "
    "score; --model names another.\n\nTexts are arguments, lines of --file, or lines of standard input.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def chosen(command: str, model: str | None) -> Choice:
    """The model that will answer, named to people."""
    enter_project()
    choice = choose(command, model)
    note(f"{choice.name}, seed {choice.seed}")
    return choice


def answers(choice: Choice, asked: list[str], shown: list[str] | None = None) -> list[dict[str, Any]]:
    """Predictions, each with what was asked (or what stands for it) and the model that answered."""
    from pipeline.answering.predict import predict

    rows = predict(choice.directory, choice.seed, asked)
    source = {"model": choice.name, "seed": choice.seed}
    return [{"input": text, **row, **source} for text, row in zip(shown or asked, rows, strict=True)]


@app.command()
def sentiment(
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


@app.command()
def tag(
    text: TextArgument = None, file: FileOption = None, model: ModelOption = None, as_json: JsonOption = False
) -> None:
    """Find the names of people, places, organisations and the rest. Exercise 10.

    \b
    rnn tag "Marie Curie worked at the University of Paris."
    """
    asked = texts(text, file)
    show(answers(chosen("tag", model), asked), lambda row: marked(row["words"], row["tags"]), as_json)


@app.command()
def translate(
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
    rnn translate "Dios es amor." --attention heat.png
    """
    asked = texts(text, file)
    if attention is not None and len(asked) > 1:
        raise typer.BadParameter(f"--attention draws one sentence, not {len(asked)}")
    if attention is not None and (str(attention) == "-" or attention.is_dir() or not attention.parent.is_dir()):
        raise typer.BadParameter(f"--attention takes a PNG file in a folder that exists, not {attention}")
    choice = chosen("translate", model)
    if attention is not None:
        from pipeline.exercises.translation.heat_map import draw

        with replacing(attention) as temporary:
            temporary.write_bytes(draw(choice.directory, choice.seed, asked[0]))
    show(answers(choice, asked), lambda row: row["translation"], as_json)


@app.command()
def generate(
    seed: Annotated[str, typer.Option(help="The text to go on from.")] = "ROMEO:",
    temperature: Annotated[float, typer.Option(min=0.01, help="Below 1 the likely becomes likelier.")] = 0.8,
    top_p: Annotated[
        float | None,
        typer.Option(min=0.01, max=1.0, show_default=False, help="Draw from the likeliest characters alone that "
                     "together have this probability."),
    ] = None,
    length: Annotated[int, typer.Option(min=1, help="Characters to write.")] = 300,
    draw: Annotated[
        int, typer.Option(min=0, max=2**64 - 1, help="Decides what is drawn: another number, another text.")
    ] = 1,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Write on in the manner of Shakespeare, character by character.

    \b
    rnn generate --seed "ROMEO:" --temperature 0.5
    rnn generate --seed "To be" --top-p 0.9 --length 80 --draw 7
    """
    choice = chosen("generate", model)
    from pipeline.answering.predict import load
    from pipeline.answering.texts import write

    network, _ = load(choice.directory, choice.seed)
    alphabet = read_json(choice.directory / "characters.json")
    written = islice(write(network, alphabet, seed, temperature, top_p, draw), length)
    if as_json:
        show([{"input": seed, "text": "".join(written), "model": choice.name, "seed": choice.seed}], str, as_json)
        return
    print(styled(seed, bold=True), end="", flush=True)
    for character in written:
        print(character, end="", flush=True)
    print()


@app.command("next")
def next_word(
    text: TextArgument = None, file: FileOption = None, model: ModelOption = None, as_json: JsonOption = False
) -> None:
    """Guess the next word of a line of Shakespeare. Exercise 7.

    \b
    rnn next "Shall I compare thee to a summer's"
    """
    asked = texts(text, file)
    rows = answers(chosen("next", model), asked)
    show(rows, lambda row: judged(row["next"], row["probability"], row["input"]), as_json)


@app.command()
def recognise(files: Files, model: ModelOption = None, as_json: JsonOption = False) -> None:
    """Recognise one spoken word: a digit, where the model learnt on the packaged corpus. Exercise 9.

    Whatever is heard, the answer is one of the words that the model knows.

    \b
    rnn recognise clip.wav
    """
    from pipeline.exercises.speech.sound import cepstra

    sounds = [read(file) for file in files]
    choice = chosen("recognise", model)
    edition = read_json(choice.directory / "model.json")["edition"]
    names = [name_of(file) for file in files]
    asked = [json.dumps(cepstra(s, name, edition).tolist()) for s, name in zip(sounds, names, strict=True)]
    rows = answers(choice, asked, names)
    show(rows, lambda row: judged(row["word"], row["probability"], Path(row["input"]).name), as_json)


@app.command()
def digit(files: Files, model: ModelOption = None, as_json: JsonOption = False) -> None:
    """Read one handwritten digit from an image. Exercise 1.

    \b
    rnn digit seven.png
    """
    from pipeline.exercises.shared_mlp.picture import pixels

    images = [read(file) for file in files]
    names = [name_of(file) for file in files]
    asked = [json.dumps(pixels(image, name).tolist()) for image, name in zip(images, names, strict=True)]
    rows = answers(chosen("digit", model), asked, names)
    show(rows, lambda row: judged(str(row["digit"]), row["probability"], Path(row["input"]).name), as_json)


@app.command()
def forecast(
    numbers: Annotated[list[float] | None, typer.Argument(help="A series, oldest first.", show_default=False)] = None,
    file: FileOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forecast the next value of a series like the yearly sunspots; without numbers, of these. Exercise 2.

    \b
    rnn forecast
    rnn forecast 10.2 15.1 47 93.8 105.9 105.5 104.5 66.6 68.9 38 34.5
    """
    asked = texts(" ".join(map(str, numbers)) if numbers else None, file) if numbers or file else None
    choice = chosen("forecast", model)
    shown = None
    if asked is None:
        from pipeline.corpora.prepared.tables import PREPARED, flat, read_table

        table = read_table(PREPARED / "series" / "sunspots.arrow")
        asked = [" ".join(map(str, flat(table, "value").tolist()))]
        years = flat(table, "year")
        shown = [f"sunspots, {years[0]} to {years[-1]}"]
        note(f"{shown[0]}; for {years[-1] + 1}:")
    show(answers(choice, asked, shown), lambda row: f"{row['next']:.1f}", as_json)


@app.command()
def parity(
    text: TextArgument = None, file: FileOption = None, model: ModelOption = None, as_json: JsonOption = False
) -> None:
    """Is the sum of a sequence of digits odd? The sheet's worked example.

    \b
    rnn parity 3141592
    """
    asked = texts(text, file)
    rows = answers(chosen("parity", model), asked)
    show(rows, lambda row: judged(row["parity"], row["probability"], row["input"]), as_json)


def main() -> None:
    """Run `rnn`: every failure is one line; 2 is the exit code of a wrong call, 1 that of all else."""
    os.environ.setdefault(
        "OMP_NUM_THREADS", "1"
    )  # networks so small gain nothing from threads that wait for each other
    gc.disable()  # what importing PyTorch and spaCy makes is no garbage: looking through it takes half a second,
    try:
        run_stage(_run)
    finally:
        gc.freeze()  # and so at the end


def _run() -> None:
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], prog_name="rnn", standalone_mode=False))
    except TyperException as error:
        print(f"error: {' '.join(error.format_message().split())} (see rnn --help)", file=sys.stderr)
        sys.exit(error.exit_code)
