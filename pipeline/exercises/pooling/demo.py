"""A review on the page of `rnn demo`: three ways from the states of all words to one answer."""

from collections.abc import Iterator

import numpy as np
from markupsafe import Markup

from pipeline.demo.blocks import bar, per_cent, running, shaded, side_by_side
from pipeline.demo.declaration import Asked, Demo, Text
from pipeline.exercises.pooling.stage import STAGE


def answer(asked: Asked) -> Iterator[Markup]:
    cards, text = [], asked.values["text"]
    for variant in asked.models:
        row = asked.prediction(variant, text)
        share = row["probability"]
        name = asked.words["classes"][row["label"]]
        shown = bar(share, f"{name}, {per_cent(max(share, 1 - share), asked.language)}")
        if STAGE.variants[variant]["pooling"] == "attention":
            from pipeline.exercises.reviews.answers import weights

            shown += weighed(*weights(*asked.network(variant), text))
        cards.append((asked.words.variant(variant), shown))
    yield side_by_side(cards)
    yield Markup('<p class="note">{}</p>').format(READ[asked.language])


def weighed(words: list[str], weights: np.ndarray) -> Markup:
    """Words shaded by their weights (words,), the heaviest fully."""
    shares = (weights / weights.max()).tolist()
    return Markup('<p class="read">{}</p>').format(running(words, lambda place, word: shaded(word, shares[place])))


READ = {
    "en": "The bar is how sure the network is that the review is positive. Stronger colour: more weight on the state "
    "after that word, which knows of the words before it too.",
    "es": "La barra dice cuán segura está la red de que la reseña es positiva. Color más intenso: más peso en el "
    "estado que sigue a esa palabra, que también sabe de las anteriores.",
}
DEMO = Demo(
    lead={
        "en": "The network reads a review word by word, and has a state after each. It judges by the last state alone, "
        "by the mean of all, or by a sum with weights that it has learnt.",
        "es": "La red lee la reseña palabra por palabra y tiene un estado tras cada una. Juzga solo por el último, por "
        "la media de todos o por una suma cuyos pesos ha aprendido.",
    },
    fields=(
        Text(
            "text",
            label={"en": "A film review in English", "es": "Una reseña de cine en inglés"},
            examples=(
                "I expected a boring film. I was wrong: it is touching, funny and beautifully played.",
                "The first half is one of the best things I have seen this year. Then the story falls apart, the jokes "
                "get old, and the ending is a waste of good actors.",
                "A quiet film that stays with you long after it ends.",
            ),
            limit=1000,
        ),
    ),
    variants=("last", "mean", "attention"),
    answer=answer,
)
