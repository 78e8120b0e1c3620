"""Diagrams of what words explain badly: unrolling, packing, both directions, attention, streams.

They are charts like the others. Lengths are tenths of an inch, from the lower left corner.
"""

from collections.abc import Callable, Sequence
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pipeline.report.charts import WIDTH, Chart
from pipeline.report.style import BLACK, COLOURS, GREY, PALE
from pipeline.report.words import Words

Point = tuple[float, float]
WHITE = "#ffffff"
BLUE, ORANGE, GREEN = COLOURS[:3]
SMALL = "₀₁₂₃₄₅₆₇₈₉"


def diagram(name: str, words: Words) -> Chart | None:
    """A diagram by its name, which is also that of its caption; None if there is none."""
    if name not in DIAGRAMS:
        return None
    height, paint = DIAGRAMS[name]

    def on(figure: Figure) -> None:
        figure.set_layout_engine("none")  # the axes fill the figure
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 10 * WIDTH), ylim=(0, 10 * height))
        axes.set_axis_off()
        paint(axes, words["diagrams"])

    return Chart(height, on, words.named("captions", name))


def _box(axes: Axes, at: Point, text: str, colour: str = BLUE, width: float = 5, height: float = 3) -> None:
    """A box with its middle at a point."""
    x, y = at
    axes.add_patch(
        Rectangle((x - width / 2, y - height / 2), width, height, facecolor=WHITE, edgecolor=colour, linewidth=1.3)
    )
    _text(axes, at, text)


def _text(axes: Axes, at: Point, text: str, colour: str = BLACK, ha: str = "center") -> None:
    axes.text(*at, text, ha=ha, va="center", color=colour)


def _arrow(axes: Axes, start: Point, end: Point, colour: str = GREY, width: float = 1.2) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": width,
                                              "shrinkA": 0, "shrinkB": 0})  # fmt: skip


def _unrolled(axes: Axes, words: dict[str, str]) -> None:
    _text(axes, (1.6, 9), "h₀")
    for step in (1, 2, 3):
        x = 10.0 * step
        _arrow(axes, (x - 6.9 if step > 1 else 3, 9), (x - 2.9, 9), ORANGE, 1.6)
        _text(axes, (x - 5, 10.6), "U", ORANGE)
        _arrow(axes, (x, 3.6), (x, 7.3), BLUE, 1.6)
        _text(axes, (x + 1.5, 5.2), "W", BLUE)
        _text(axes, (x, 2), f"x{SMALL[step]}")
        _box(axes, (x, 9), f"h{SMALL[step]}", BLACK, 5.4, 3.4)
    _arrow(axes, (30, 10.7), (30, 14.2), GREEN, 1.6)
    _text(axes, (31.4, 12.4), "V", GREEN)
    _text(axes, (30, 16), words["answer"])


def _packed(axes: Axes, words: dict[str, str]) -> None:
    lengths, colours, cell = (4, 3, 1), (BLUE, ORANGE, GREEN), 3.6
    _text(axes, (1, 24.3), words["as_table"], ha="left")
    for row, (length, colour) in enumerate(zip(lengths, colours, strict=True)):
        for step in range(4):
            at = (2.9 + cell * step, 21 - 3.2 * row)
            if step < length:
                _box(axes, at, f"{'abc'[row]}{SMALL[step + 1]}", colour, cell - 0.5, 2.7)
            else:
                axes.add_patch(Rectangle((at[0] - cell / 2 + 0.25, at[1] - 1.35), cell - 0.5, 2.7, facecolor=PALE))
                _text(axes, at, "0", GREY)
    for row, length in enumerate(lengths):
        _text(axes, (18, 21 - 3.2 * row), f"{words['length']} {length}", ha="left")
    _text(axes, (1, 10.2), words["as_stretches"], ha="left")
    x = 2.7
    for step in range(4):
        alive = [row for row in range(3) if lengths[row] > step]
        _text(axes, (x - 1.5 + 1.6 * len(alive), 3.6), f"{len(alive)}")
        for row in alive:
            _box(axes, (x, 6.9), f"{'abc'[row]}{SMALL[step + 1]}", colours[row], 3, 2.7)
            x += 3.2
        x += 1.1
    _text(axes, (1, 1.3), words["batch_sizes"], ha="left")


def _directions(axes: Axes, words: dict[str, str]) -> None:
    for step in (1, 2, 3, 4):
        x = 8.4 * step - 2.6
        _text(axes, (x, 1.6), f"x{SMALL[step]}")
        _box(axes, (x - 1.1, 7.6), f"h{SMALL[step]}", BLUE, 4.2)
        _box(axes, (x + 1.1, 13.2), f"h{SMALL[step]}", ORANGE, 4.2)
        _arrow(axes, (x - 0.6, 3), (x - 1.1, 6.0))
        _arrow(axes, (x + 1.6, 3), (x + 1.6, 11.6))
        _box(axes, (x, 20), f"y{SMALL[step]}", BLACK, 4.2)
        _arrow(axes, (x - 1.6, 9.2), (x - 1.6, 18.4))
        _arrow(axes, (x + 1.1, 14.8), (x + 0.6, 18.4))
        if step < 4:
            _arrow(axes, (x + 1.1, 7.6), (x + 5.1, 7.6), BLUE, 1.6)
            _arrow(axes, (x + 7.3, 13.2), (x + 3.3, 13.2), ORANGE, 1.6)


def _attention(axes: Axes, words: dict[str, str]) -> None:
    source, weights = ("la", "casa", "es", "roja"), (0.1, 0.8, 0.04, 0.06)
    for place, (word, weight) in enumerate(zip(source, weights, strict=True)):
        x = 4.6 + 6.6 * place
        _text(axes, (x, 1.6), word)
        _arrow(axes, (x, 2.9), (x, 4.4))
        _box(axes, (x, 6), f"k{SMALL[place + 1]}")
        if place < 3:
            axes.annotate("", (x + 4.1, 6), (x + 2.5, 6), arrowprops={"arrowstyle": "<|-|>", "color": GREY,
                                                                      "shrinkA": 0, "shrinkB": 0})  # fmt: skip
        axes.plot([x, 14.5], [7.5, 12.3], color=ORANGE, linewidth=0.5 + 5 * weight, solid_capstyle="butt")
    _text(axes, (7.2, 10.6), "α", ORANGE)
    for y, side in ((9.2, "encoder"), (16.4, "decoder")):
        _text(axes, (35.6, y), words[side], GREY, ha="right")
    _box(axes, (14.5, 13.8), "c₂", ORANGE)
    _arrow(axes, (17, 13.8), (22.2, 18.1), ORANGE, 1.6)
    _box(axes, (14.5, 20), "q₁", GREEN)
    _box(axes, (25, 20), "q₂", GREEN)
    _arrow(axes, (17, 20), (22.5, 20), GREEN, 1.6)
    _arrow(axes, (14.5, 21.5), (14.5, 23.6))
    _arrow(axes, (25, 21.5), (25, 23.6))
    _text(axes, (14.5, 25.2), "the")
    _text(axes, (25, 25.2), "house")


def _streams(axes: Axes, words: dict[str, str], rows: Sequence[Sequence[str]], column: str) -> None:
    """Two or three rows, each with what stands in three columns."""
    top = 4 * len(rows) + 5
    for batch in range(3):
        _text(axes, (12.4 + 9.8 * batch, top + 3.2), f"{words[column]} {batch + 1}")
        if batch:
            axes.plot([7.5 + 9.8 * batch] * 2, [4.6, top + 1.6], color=ORANGE, linewidth=1.2, linestyle=(0, (3, 2)))
    for number, row in enumerate(rows):
        y = top - 1.5 - 4 * number
        _text(axes, (0.4, y), f"{words['stream']} {number + 1}", ha="left")
        for batch, text in enumerate(row):
            _box(axes, (12.4 + 9.8 * batch, y), text, BLUE, 7, 2.8)
            if batch:
                _arrow(axes, (6.1 + 9.8 * batch, y), (8.9 + 9.8 * batch, y), BLACK, 1.4)
    _arrow(axes, (3, 3.1), (5.8, 3.1), BLACK, 1.4)
    _text(axes, (6.6, 3.1), words["state"], ha="left")
    axes.plot([3, 5.8], [1.1, 1.1], color=ORANGE, linewidth=1.2, linestyle=(0, (3, 2)))
    _text(axes, (6.6, 1.1), words["cut"], ha="left")


LINES = [["s₁", "s₂", "s₃"], ["s₄", "s₅", "s₆"], ["s₇", "s₈", "s₉"]]
CHARACTERS = [["to b", "e, o", "r no"], ["t to", " be:", " tha"]]
DIAGRAMS: dict[str, tuple[float, Callable[[Axes, dict[str, str]], None]]] = {  # height in inches
    "unrolled": (1.9, _unrolled),
    "packed_batch": (2.6, _packed),
    "directions": (2.3, _directions),
    "attention_diagram": (2.7, _attention),
    "streams": (2.2, partial(_streams, rows=LINES, column="batch")),
    "windows": (1.8, partial(_streams, rows=CHARACTERS, column="window")),
}
