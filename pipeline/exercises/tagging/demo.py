"""A sentence on the page of `rnn demo`: what one direction finds, and what both find."""

from collections.abc import Iterator

from markupsafe import Markup

from pipeline.demo.blocks import glued, running, side_by_side
from pipeline.demo.declaration import Asked, Demo, Text
from pipeline.scoring.entities import entities

Span = tuple[str, int, int]  # type, first word, and the one past the last


def answer(asked: Asked) -> Iterator[Markup]:
    found = {}
    for variant in asked.models:
        row = asked.prediction(variant, asked.values["text"])
        words, found[variant] = row["words"], entities(row["tags"])
    alike = set.intersection(*map(set, found.values()))
    yield side_by_side([(asked.words.variant(name), marked(words, spans, alike)) for name, spans in found.items()])
    if any(set(spans) != alike for spans in found.values()):
        yield Markup('<p class="note">{}</p>').format(DIFFERENT[asked.language])


def marked(words: list[str], spans: list[Span], alike: set[Span]) -> Markup:
    """The sentence with its entities marked; those that not every network finds have an outline of their own."""
    ends = {first: (kind, past) for kind, first, past in spans}
    text, place = Markup(""), 0
    while place < len(words):
        kind, past = ends.get(place, ("", place + 1))
        inside = running(words[place:past])
        if kind:
            lone = "" if (kind, place, past) in alike else " alone"
            inside = Markup('<mark class="{}{}">{} <b>{}</b></mark>').format(kind, lone, inside, kind)
        text += (" " if place and not glued(words[place - 1], words[place]) else "") + inside
        place = past
    return Markup('<p class="tagged">{}</p>').format(text)


DIFFERENT = {
    "en": "A dashed outline: what not both of them find. PER is a person, LOC a place, ORG an organisation, MISC any "
    "other name.",
    "es": "Con borde discontinuo: lo que no encuentran ambas. PER es una persona, LOC un lugar, ORG una organización y "
    "MISC cualquier otro nombre.",
}
DEMO = Demo(
    lead={
        "en": "A network that reads from left to right must decide on a word before it has seen what follows. One that "
        "reads in both directions has seen it. The networks know English news.",
        "es": "Una red que lee de izquierda a derecha decide sobre cada palabra sin haber visto lo que sigue. Una que "
        "lee en ambas direcciones ya lo ha visto. Las redes conocen noticias en inglés.",
    },
    fields=(
        Text(
            "text",
            label={"en": "A sentence in English", "es": "Una oración en inglés"},
            examples=(
                "Houston scored 91 points in Houston.",
                "Washington defeated Miami 5-3 in New York.",
                "Sydney Smith was born in Sydney.",
            ),
            limit=300,
        ),
    ),
    variants=("uni", "bi"),
    answer=answer,
)
