"""Digits on the page of `rnn demo`: the state after each, drawn step by step."""

from collections.abc import Iterator

import numpy as np
from markupsafe import Markup

from pipeline.demo.blocks import per_cent
from pipeline.demo.declaration import Asked, Demo, Pick, Text

STEP, UNIT, TOP, LEFT = 40, 12, 40, 72  # pixels of a digit, of a unit, above the units and beside them
LONGEST = 60  # digits


def answer(asked: Asked) -> Iterator[Markup]:
    from pipeline.exercises.parity.answers import states

    text = asked.values["text"]
    model, *_ = asked.network(asked.values["variant"])
    found, speaks, odd = states(model, text)
    order = np.argsort(-speaks)
    yield drawn(text, found[:, order] * np.sign(speaks[order]), odd, asked.language)
    said, total = SAID[asked.language], sum(map(int, text))
    right = total % 2 == (odd[-1] > 0.5)
    yield Markup('<p class="said">{}</p>').format(
        said["answer"].format(
            total=total,
            truth=said["odd" if total % 2 else "even"],
            answer=said["odd" if odd[-1] > 0.5 else "even"],
            sure=per_cent(max(odd[-1], 1 - odd[-1]), asked.language),
            right=said["right" if right else "wrong"],
        )
    )
    yield Markup('<p class="note">{}</p>').format(said["note"])


def drawn(text: str, states: np.ndarray, odd: np.ndarray, language: str) -> Markup:
    """A column for each digit: the digit, the units of the state, and what the network would answer there.

    Args:
        states: (digits, units), from -1 to 1; above 0 speaks for odd.
        odd: (digits,), the probability of odd.
    """
    said, units = SAID[language], states.shape[1]
    bottom = TOP + units * UNIT
    columns = []
    for step, (digit, state, share) in enumerate(zip(text, states, odd, strict=True)):
        x, total = LEFT + step * STEP, sum(map(int, text[: step + 1]))
        cells = Markup("").join(
            Markup('<rect x="{}" y="{}" width="{}" height="{}" style="fill:var(--{});fill-opacity:{:.2f}"/>').format(
                x, TOP + row * UNIT, STEP - 4, UNIT - 1, "c2" if value > 0 else "c1", abs(value)
            )
            for row, value in enumerate(state)
        )
        height = 30 * float(share)
        columns.append(
            Markup(
                '<g data-step="{}">{}<rect class="frame" x="{}" y="{}" width="{}" height="{}" fill="none"/>'
                '<text x="{}" y="16" text-anchor="middle">{}</text>'
                '<text x="{}" y="32" text-anchor="middle" class="small">{}</text>'
                '<rect x="{}" y="{}" width="{}" height="30" style="fill:var(--pale)"/>'
                '<rect x="{}" y="{:.1f}" width="{}" height="{:.1f}" style="fill:var(--c2)"/></g>'
            ).format(
                step + 1, cells, x - 1, TOP - 1, STEP - 2, units * UNIT + 1,
                x + STEP / 2 - 2, digit, x + STEP / 2 - 2, said["odd" if total % 2 else "even"],
                x, bottom + 8, STEP - 4, x, bottom + 38 - height, STEP - 4, height,
            )
        )  # fmt: skip
    labels = [
        (16, said["digit"]),
        (32, said["sum"]),
        (TOP + units * UNIT / 2, said["state"]),
        (bottom + 27, said["odd"]),
    ]
    names = Markup("").join(Markup('<text x="0" y="{}" class="small">{}</text>').format(*label) for label in labels)
    width = LEFT + len(text) * STEP
    return Markup(
        '<div class="steps" data-steps="{0}"><div class="drawn"><svg width="{1}" height="{2}" role="img" '
        'aria-label="{3}">{4}{5}</svg></div><label>{6} <input type="range" min="1" max="{0}" value="{0}"></label></div>'
    ).format(len(text), width, bottom + 42, said["drawing"], names, Markup("").join(columns), said["step"])


SAID = {
    "en": {
        "digit": "digit", "sum": "sum so far", "state": "state", "odd": "odd", "even": "even",
        "step": "Step", "drawing": "The state of the network after each digit",
        "answer": "The sum is {total}, {truth}. The network says {answer}, {sure} sure: {right}.",
        "right": "right", "wrong": "wrong",
        "note": "Each small box is a unit of the state. Orange speaks for odd, blue for even, stronger colour more "
        "loudly. The bars below show how sure of odd the network would be if the digits ended there. It was trained on "
        "at most ten digits.",
    },
    "es": {
        "digit": "cifra", "sum": "suma", "state": "estado", "odd": "impar", "even": "par",
        "step": "Paso", "drawing": "El estado de la red tras cada cifra",
        "answer": "La suma es {total}, {truth}. La red dice {answer} con una seguridad del {sure}: {right}.",
        "right": "acierta", "wrong": "se equivoca",
        "note": "Cada casilla es una unidad del estado. El naranja habla a favor de impar y el azul de par; cuanto más "
        "intenso, con más fuerza. Las barras de abajo muestran cuán segura de impar estaría la red si las cifras "
        "acabaran ahí. Se entrenó con diez cifras como mucho.",
    },
}  # fmt: skip
DEMO = Demo(
    lead={
        "en": "Is the sum of the digits odd? The network has to remember one thing, and to change it at every odd "
        "digit. Watch its state do so.",
        "es": "¿Es impar la suma de las cifras? La red tiene que recordar una sola cosa y cambiarla con cada cifra "
        "impar. Aquí se ve cómo lo hace su estado.",
    },
    fields=(
        Text(
            "text",
            label={"en": "Digits", "es": "Cifras"},
            examples=("3141592", "2468024680", "71828182845904523536"),
            limit=LONGEST,
            pattern="[0-9]+",
            hint={"en": "Only digits from 0 to 9, please: 3141592.", "es": "Solo cifras del 0 al 9: 3141592."},
        ),
        Pick("variant", label={"en": "Network", "es": "Red"}, options=("rnn", "gru", "lstm")),
    ),
    variants=("rnn", "gru", "lstm"),
    answer=answer,
)
