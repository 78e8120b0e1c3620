"""What diagrams of exercises are drawn with: boxes, words, arrows, and the streams of a text.

A diagram shows what words explain badly, and is a chart like the others; a folder's `diagram.py` has those of its
exercise. Lengths are tenths of an inch, from the lower left corner.
"""

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pipeline.report.charts import WIDTH, Chart
from pipeline.report.style import BLACK, COLOURS, GREY
from pipeline.report.words import Words

Point = tuple[float, float]
WHITE = "#ffffff"
BLUE, ORANGE, GREEN = COLOURS[:3]
SMALL = "₀₁₂₃₄₅₆₇₈₉"


def diagram(height: float, paint: Callable[[Axes, dict[str, str]], None], words: Words) -> Chart:
    """A diagram of a height in inches, which `paint` draws with the words called `diagrams`."""

    def on(figure: Figure) -> None:
        figure.set_layout_engine("none")  # the axes fill the figure
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 10 * WIDTH), ylim=(0, 10 * height))
        axes.set_axis_off()
        paint(axes, words["diagrams"])

    return Chart(height, on)


def box(axes: Axes, at: Point, text: str, colour: str = BLUE, width: float = 5, height: float = 3) -> None:
    """A box with its middle at a point."""
    x, y = at
    axes.add_patch(
        Rectangle((x - width / 2, y - height / 2), width, height, facecolor=WHITE, edgecolor=colour, linewidth=1.3)
    )
    label(axes, at, text)


def label(axes: Axes, at: Point, text: str, colour: str = BLACK, ha: str = "center") -> None:
    axes.text(*at, text, ha=ha, va="center", color=colour)


def arrow(axes: Axes, start: Point, end: Point, colour: str = GREY, width: float = 1.2) -> None:
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": width,
                                              "shrinkA": 0, "shrinkB": 0})  # fmt: skip


def streams(axes: Axes, words: dict[str, str], rows: Sequence[Sequence[str]], column: str) -> None:
    """Two or three rows, each with what stands in three columns."""
    top = 4 * len(rows) + 5
    for batch in range(3):
        label(axes, (12.4 + 9.8 * batch, top + 3.2), f"{words[column]} {batch + 1}")
        if batch:
            axes.plot([7.5 + 9.8 * batch] * 2, [4.6, top + 1.6], color=ORANGE, linewidth=1.2, linestyle=(0, (3, 2)))
    for number, row in enumerate(rows):
        y = top - 1.5 - 4 * number
        label(axes, (0.4, y), f"{words['stream']} {number + 1}", ha="left")
        for batch, text in enumerate(row):
            box(axes, (12.4 + 9.8 * batch, y), text, BLUE, 7, 2.8)
            if batch:
                arrow(axes, (6.1 + 9.8 * batch, y), (8.9 + 9.8 * batch, y), BLACK, 1.4)
    arrow(axes, (3, 3.1), (5.8, 3.1), BLACK, 1.4)
    label(axes, (6.6, 3.1), words["state"], ha="left")
    axes.plot([3, 5.8], [1.1, 1.1], color=ORANGE, linewidth=1.2, linestyle=(0, (3, 2)))
    label(axes, (6.6, 1.1), words["cut"], ha="left")
