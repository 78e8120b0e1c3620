"""Attention while one word is written."""

from matplotlib.axes import Axes

from pipeline.report.charts import Chart
from pipeline.report.diagrams import GREEN, ORANGE, SMALL, arrow, box, diagram, label
from pipeline.report.style import GREY
from pipeline.report.words import Words


def diagrams(words: Words) -> dict[str, Chart]:
    return {"attention_diagram": diagram(2.7, paint, words)}


def paint(axes: Axes, words: dict[str, str]) -> None:
    source, weights = ("la", "casa", "es", "roja"), (0.1, 0.8, 0.04, 0.06)
    for place, (word, weight) in enumerate(zip(source, weights, strict=True)):
        x = 4.6 + 6.6 * place
        label(axes, (x, 1.6), word)
        arrow(axes, (x, 2.9), (x, 4.4))
        box(axes, (x, 6), f"k{SMALL[place + 1]}")
        if place < 3:
            axes.annotate("", (x + 4.1, 6), (x + 2.5, 6), arrowprops={"arrowstyle": "<|-|>", "color": GREY,
                                                                      "shrinkA": 0, "shrinkB": 0})  # fmt: skip
        axes.plot([x, 14.5], [7.5, 12.3], color=ORANGE, linewidth=0.5 + 5 * weight, solid_capstyle="butt")
    label(axes, (7.2, 10.6), "α", ORANGE)
    for y, side in ((9.2, "encoder"), (16.4, "decoder")):
        label(axes, (35.6, y), words[side], GREY, ha="right")
    box(axes, (14.5, 13.8), "c₂", ORANGE)
    arrow(axes, (17, 13.8), (22.2, 18.1), ORANGE, 1.6)
    box(axes, (14.5, 20), "q₁", GREEN)
    box(axes, (25, 20), "q₂", GREEN)
    arrow(axes, (17, 20), (22.5, 20), GREEN, 1.6)
    arrow(axes, (14.5, 21.5), (14.5, 23.6))
    arrow(axes, (25, 21.5), (25, 23.6))
    label(axes, (14.5, 25.2), "the")
    label(axes, (25, 25.2), "house")
