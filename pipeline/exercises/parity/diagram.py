"""A recurrent network, unrolled over three steps."""

from matplotlib.axes import Axes

from pipeline.report.charts import Chart
from pipeline.report.diagrams import BLUE, GREEN, ORANGE, SMALL, arrow, box, diagram, label
from pipeline.report.style import BLACK
from pipeline.report.words import Words


def diagrams(words: Words) -> dict[str, Chart]:
    return {"unrolled": diagram(1.9, paint, words)}


def paint(axes: Axes, words: dict[str, str]) -> None:
    label(axes, (1.6, 9), "h₀")
    for step in (1, 2, 3):
        x = 10.0 * step
        arrow(axes, (x - 6.9 if step > 1 else 3, 9), (x - 2.9, 9), ORANGE, 1.6)
        label(axes, (x - 5, 10.6), "U", ORANGE)
        arrow(axes, (x, 3.6), (x, 7.3), BLUE, 1.6)
        label(axes, (x + 1.5, 5.2), "W", BLUE)
        label(axes, (x, 2), f"x{SMALL[step]}")
        box(axes, (x, 9), f"h{SMALL[step]}", BLACK, 5.4, 3.4)
    arrow(axes, (30, 10.7), (30, 14.2), GREEN, 1.6)
    label(axes, (31.4, 12.4), "V", GREEN)
    label(axes, (30, 16), words["answer"])
