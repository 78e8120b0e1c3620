"""Two layers of states, one for each direction."""

from matplotlib.axes import Axes

from pipeline.report.charts import Chart
from pipeline.report.diagrams import BLUE, ORANGE, SMALL, arrow, box, diagram, label
from pipeline.report.style import BLACK
from pipeline.report.words import Words


def diagrams(words: Words) -> dict[str, Chart]:
    return {"directions": diagram(2.3, paint, words)}


def paint(axes: Axes, words: dict[str, str]) -> None:
    for step in (1, 2, 3, 4):
        x = 8.4 * step - 2.6
        label(axes, (x, 1.6), f"x{SMALL[step]}")
        box(axes, (x - 1.1, 7.6), f"h{SMALL[step]}", BLUE, 4.2)
        box(axes, (x + 1.1, 13.2), f"h{SMALL[step]}", ORANGE, 4.2)
        arrow(axes, (x - 0.6, 3), (x - 1.1, 6.0))
        arrow(axes, (x + 1.6, 3), (x + 1.6, 11.6))
        box(axes, (x, 20), f"y{SMALL[step]}", BLACK, 4.2)
        arrow(axes, (x - 1.6, 9.2), (x - 1.6, 18.4))
        arrow(axes, (x + 1.1, 14.8), (x + 0.6, 18.4))
        if step < 4:
            arrow(axes, (x + 1.1, 7.6), (x + 5.1, 7.6), BLUE, 1.6)
            arrow(axes, (x + 7.3, 13.2), (x + 3.3, 13.2), ORANGE, 1.6)
