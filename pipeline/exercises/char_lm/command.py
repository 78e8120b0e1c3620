"""`rnn generate`."""

from itertools import islice
from typing import Annotated

import typer

from pipeline.answering.choice import chosen
from pipeline.answering.lines import checked, show, styled
from pipeline.answering.options import JsonOption, ModelOption
from pipeline.core.files import read_json

NAME = "generate"


def command(
    seed: Annotated[str, typer.Option(help="The text to go on from.")] = "ROMEO:",
    temperature: Annotated[float, typer.Option(min=0.01, help="Below 1, likely characters become more likely.")] = 0.8,
    top_p: Annotated[
        float | None,
        typer.Option(min=0.01, max=1.0, show_default=False, help="Draw only from the most likely characters that "
                     "together have this probability."),
    ] = None,
    length: Annotated[int, typer.Option(min=1, help="Characters to write.")] = 300,
    draw: Annotated[
        int, typer.Option(min=0, max=2**64 - 1, help="Decides what is drawn: another number gives another text.")
    ] = 1,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Continue a text in the manner of Shakespeare, character by character.

    \b
    rnn generate --seed "ROMEO:" --temperature 0.5
    rnn generate --seed "To be" --top-p 0.9 --length 80 --draw 7
    """
    seed = checked(seed)
    choice = chosen("char_lm", model)
    from pipeline.answering.predict import load
    from pipeline.exercises.char_lm.answers import write

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
