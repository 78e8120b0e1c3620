"""Sunspots on the page of `rnn demo`: the years to come, as a network, an autoregression and habit see them."""

from collections.abc import Iterable, Iterator

import numpy as np
from markupsafe import Markup

from pipeline.core.errors import PipelineError
from pipeline.demo.declaration import Asked, Demo, Slider

SHOWN, AHEAD = 33, 22  # years before the forecast, and after it at most: three cycles of the sun and two
WIDTH, HEIGHT, LEFT, BOTTOM = 420, 220, 30, 22  # pixels
LINES = {"persistence": ("c3", "2 4"), "autoregression_roots": ("c2", "7 4"), "gru": ("c1", "")}  # colour and dashes


def answer(asked: Asked) -> Iterator[Markup]:
    years, values = sunspots()
    said, ahead = SAID[asked.language], int(asked.values["ahead"])
    last = int(asked.values["last"])
    known = values[years <= last]
    forecasts = {}
    for variant in asked.models:
        series = known.tolist()
        for _ in range(ahead):  # each forecast is read like a measured year by the next
            series.append(asked.prediction(variant, " ".join(map(str, series)))["next"])
        forecasts[variant] = series[len(known) :]
    shown = (years > last - SHOWN) & (years <= last + ahead)
    yield chart(years[shown], values[shown], last, forecasts, said)
    names = {variant: asked.words.variant(variant) for variant in forecasts}
    yield key({**{names[name]: LINES[name] for name in names}, said["measured"]: ("ink", "")})
    after = values[years == last + 1]
    first = ", ".join(f"{names[name]} {of_it[0]:.1f}" for name, of_it in forecasts.items())
    yield Markup('<p class="said">{}</p>').format(
        said["next"].format(year=last + 1, first=first, measured=f"{after[0]:.1f}" if len(after) else said["unknown"])
    )
    yield Markup('<p class="note">{}</p>').format(said["note"])


def sunspots() -> tuple[np.ndarray, np.ndarray]:
    """Years and sunspot numbers.

    Raises:
        PipelineError: the series is not prepared.
    """
    from pipeline.corpora.prepared.tables import PREPARED, flat, read_table

    table = read_table(PREPARED / "series" / "sunspots.arrow")
    years, values = flat(table, "year"), flat(table, "value")
    if years[0] > FIRST - SHOWN or years[-1] < LAST:
        raise PipelineError(f"the series goes from {years[0]} to {years[-1]}; this page shows {FIRST} to {LAST}")
    return years, values


def chart(
    years: np.ndarray, values: np.ndarray, last: int, forecasts: dict[str, list[float]], said: dict[str, str]
) -> Markup:
    """Measured years as a line, forecasts as others that begin where it ends."""
    ahead = len(next(iter(forecasts.values())))
    begin, end = int(years[0]), last + ahead
    top = 10 * np.ceil(max(values.max(), *(max(line) for line in forecasts.values())) / 10 + 0.5)

    def line(xs: Iterable[float], ys: Iterable[float], colour: str, dashes: str) -> Markup:
        points = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in zip(xs, ys, strict=True))
        return Markup(
            '<polyline points="{}" style="fill:none;stroke:var(--{});stroke-width:{};stroke-dasharray:{}"/>'
        ).format(points, colour, 1.5 if colour == "ink" else 2.5, dashes or "none")

    def across(year: float) -> float:
        return LEFT + (year - begin) / (end - begin) * (WIDTH - LEFT - 12)

    def up(value: float) -> float:
        return HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - 8)

    pieces = []
    for value in range(0, int(top) + 1, 50):
        pieces.append(
            Markup(
                '<line x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}" style="stroke:var(--pale)"/>'
                '<text x="{3}" y="{4:.1f}" text-anchor="end" class="small">{5}</text>'
            ).format(LEFT, WIDTH - 12, up(value), LEFT - 5, up(value) + 4, value)
        )
    for year in range(-(-begin // 10) * 10, end + 1, 10):
        pieces.append(
            Markup('<text x="{:.1f}" y="{}" text-anchor="middle" class="small">{}</text>').format(
                across(year), HEIGHT - 6, year
            )
        )
    pieces.append(
        Markup(
            '<line x1="{0:.1f}" x2="{0:.1f}" y1="4" y2="{1}" style="stroke:var(--grey);stroke-dasharray:2 3"/>'
        ).format(across(last), HEIGHT - BOTTOM)
    )
    pieces.append(line(years, values, "ink", ""))
    now = values[years == last][0]
    for name, of_it in forecasts.items():
        pieces.append(line(range(last, end + 1), [now, *of_it], *LINES[name]))
    return Markup(
        '<div class="drawn"><svg viewBox="0 0 {} {}" width="{}" role="img" aria-label="{}">{}</svg></div>'
    ).format(WIDTH, HEIGHT, WIDTH, said["drawing"], Markup("").join(pieces))


def key(lines: dict[str, tuple[str, str]]) -> Markup:
    """What the lines are."""
    items = (
        Markup(
            '<li><svg viewBox="0 0 32 12"><line x1="0" x2="32" y1="6" y2="6" '
            'style="stroke:var(--{});stroke-width:2.5;stroke-dasharray:{}"/></svg>{}</li>'
        ).format(colour, dashes or "none", name)
        for name, (colour, dashes) in lines.items()
    )
    return Markup('<ul class="key">{}</ul>').format(Markup("").join(items))


FIRST, LAST = 1760, 2008
SAID = {
    "en": {
        "measured": "measured", "drawing": "Sunspot numbers, measured and forecast", "unknown": "not in the series",
        "next": "{year}: {first}; measured: {measured}.",
        "note": "Beyond the first year a model reads its own forecasts, so its errors add up. The models have learnt "
        "from all the years up to 2007: that they fit the past proves nothing. How well they forecast years that they "
        "had not seen is in the report.",
    },
    "es": {
        "measured": "medido", "drawing": "Manchas solares, medidas y predichas", "unknown": "no está en la serie",
        "next": "{year}: {first}; medido: {measured}.",
        "note": "A partir del segundo año, cada modelo lee sus propias predicciones, y sus errores se acumulan. Los "
        "modelos han aprendido de todos los años hasta 2007: que encajen con el pasado no prueba nada. Cuánto aciertan "
        "en años que no habían visto está en el informe.",
    },
}  # fmt: skip
DEMO = Demo(
    lead={
        "en": "The number of spots on the sun rises and falls in about eleven years. What comes after a year, if "
        "nothing later is known?",
        "es": "El número de manchas del Sol sube y baja en unos once años. ¿Qué viene tras un año, si no se sabe nada "
        "de lo posterior?",
    },
    fields=(
        Slider("last", {"en": "The last year that is known", "es": "El último año que se conoce"},
               low=FIRST, high=LAST, step=1, start=LAST),
        Slider("ahead", {"en": "Years ahead", "es": "Años por delante"}, low=1, high=AHEAD, step=1, start=11),
    ),
    variants=("gru", "autoregression_roots", "persistence"),
    answer=answer,
)  # fmt: skip
