"""Text on the page of `rnn demo`: it appears as the network writes it."""

import time
from collections.abc import Iterator
from itertools import islice

from markupsafe import Markup

from pipeline.core.files import read_json
from pipeline.demo.declaration import Asked, Demo, Slider, Text

NETWORK = "t64_h256"
PIECES, PIECE, PAUSE = 120, 4, 0.03  # characters appear so many at a time, with seconds between: as fast as one reads


def answer(asked: Asked) -> Iterator[str | Markup]:
    from pipeline.exercises.char_lm.answers import write

    values = asked.values
    model, _, directory = asked.network(NETWORK)
    alphabet = read_json(directory / "characters.json")
    written = write(model, alphabet, values["text"], values["temperature"], None, int(values["draw"]))
    yield Markup('<pre class="written" lang="en"><b>{}</b>').format(values["text"])
    for _ in range(PIECES):
        yield "".join(islice(written, PIECE))
        time.sleep(PAUSE)
    yield Markup("</pre>")


DEMO = Demo(
    lead={
        "en": "The network writes one character after another, each drawn from what it thinks likely. A low "
        "temperature keeps to the likeliest; a high one takes risks.",
        "es": "La red escribe un carácter tras otro, cada uno sorteado entre los que cree probables. Con temperatura "
        "baja se queda con los más probables; con alta, se arriesga.",
    },
    fields=(
        Text(
            "text",
            label={"en": "How the text begins", "es": "Cómo empieza el texto"},
            examples=("ROMEO:", "To be, or not to be", "My mistress' eyes"),
            limit=100,
        ),
        Slider("temperature", {"en": "Temperature", "es": "Temperatura"}, low=0.1, high=1.6, step=0.1, start=0.7),
        Slider("draw", {"en": "Draw: another number, another text", "es": "Sorteo: otro número, otro texto"},
               low=1, high=20, step=1, start=1),
    ),
    variants=(NETWORK,),
    answer=answer,
)  # fmt: skip
