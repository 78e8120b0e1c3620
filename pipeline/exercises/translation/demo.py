"""A sentence on the page of `rnn demo`: three translations, and where two of the decoders looked."""

from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup

from pipeline.corpora.prepared.specials import EOS, UNK
from pipeline.demo.blocks import side_by_side
from pipeline.demo.declaration import Asked, Demo, Text


def answer(asked: Asked) -> Iterator[Markup]:
    from pipeline.exercises.translation.answers import attention

    cards, text = [], asked.values["text"]
    for variant in asked.models:
        shown = Markup('<p class="said">{}</p>').format(asked.prediction(variant, text)["translation"])
        if variant != "none":
            shown += looks(*attention(*asked.network(variant), text), asked.language)
        cards.append((asked.words.variant(variant), shown))
    yield side_by_side(cards)
    yield Markup('<p class="note">{}</p>').format(POINT[asked.language])


def looks(source: Sequence[str], target: Sequence[str], weights: np.ndarray, language: str) -> Markup:
    """Two rows of words; a word has its weights on those of the other row.

    Args:
        weights: (target words, source words), a row for what is written; the end mark may be among it.
    """
    rows = {"source": (source, weights.T), "target": (target, weights)}
    shown = [
        Markup("<p><small>{}</small>{}</p>").format(
            ROWS[row][language],
            Markup(" ").join(
                Markup('<span tabindex="0" data-row="{}" data-weights="{}">{}</span>').format(
                    row, " ".join(f"{weight:.2f}" for weight in of_word), SIGNS.get(word, word)
                )
                for word, of_word in zip(words, found, strict=True)
            ),
        )
        for row, (words, found) in rows.items()
    ]
    return Markup('<div class="looks">{}</div>').format(Markup("").join(shown))


SIGNS = {EOS: "■", UNK: "(?)"}
ROWS = {
    "source": {"en": "read", "es": "leído"},
    "target": {"en": "written", "es": "escrito"},
}
POINT = {
    "en": "Point at a written word, or tap it: stronger colour shows where the decoder looked to write it. Point at a "
    "word that was read, and see where it was used. ■ is the end, (?) a word that the network does not know.",
    "es": "Con el puntero (o el dedo) sobre una palabra escrita, el color más intenso muestra adónde miró el "
    "decodificador para escribirla. Sobre una leída, dónde se usó. ■ es el final y (?) una "
    "palabra que la red no conoce.",
}
DEMO = Demo(
    lead={
        "en": "Without attention, all that the decoder knows of the sentence is one vector. With attention, it looks "
        "at the words again for each word that it writes. The networks know short everyday sentences.",
        "es": "Sin atención, todo lo que el decodificador sabe de la oración es un vector. Con atención, vuelve a "
        "mirar las palabras cada vez que escribe una. Las redes conocen frases cotidianas y cortas.",
    },
    fields=(
        Text(
            "text",
            label={"en": "A sentence in Spanish", "es": "Una oración en español"},
            examples=(
                "No sé qué hacer con este viejo coche.",
                "¿Dónde está la biblioteca?",
                "Ayer llovió todo el día y no pudimos salir de casa.",
            ),
            limit=200,
        ),
    ),
    variants=("none", "bahdanau", "luong"),
    answer=answer,
)
