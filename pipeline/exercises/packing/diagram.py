"""Sequences as a padded table, and packed."""

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pipeline.report.charts import Chart
from pipeline.report.diagrams import BLUE, GREEN, ORANGE, SMALL, box, diagram, label
from pipeline.report.style import GREY, PALE
from pipeline.report.words import Words


def diagrams(words: Words) -> dict[str, Chart]:
    return {"packed_batch": diagram(2.6, paint, words)}


def paint(axes: Axes, words: dict[str, str]) -> None:
    lengths, colours, cell = (4, 3, 1), (BLUE, ORANGE, GREEN), 3.6
    label(axes, (1, 24.3), words["as_table"], ha="left")
    for row, (length, colour) in enumerate(zip(lengths, colours, strict=True)):
        for step in range(4):
            at = (2.9 + cell * step, 21 - 3.2 * row)
            if step < length:
                box(axes, at, f"{'abc'[row]}{SMALL[step + 1]}", colour, cell - 0.5, 2.7)
            else:
                axes.add_patch(Rectangle((at[0] - cell / 2 + 0.25, at[1] - 1.35), cell - 0.5, 2.7, facecolor=PALE))
                label(axes, at, "0", GREY)
    for row, length in enumerate(lengths):
        label(axes, (18, 21 - 3.2 * row), f"{words['length']} {length}", ha="left")
    label(axes, (1, 10.2), words["as_stretches"], ha="left")
    x = 2.7
    for step in range(4):
        alive = [row for row in range(3) if lengths[row] > step]
        label(axes, (x - 1.5 + 1.6 * len(alive), 3.6), f"{len(alive)}")
        for row in alive:
            box(axes, (x, 6.9), f"{'abc'[row]}{SMALL[step + 1]}", colours[row], 3, 2.7)
            x += 3.2
        x += 1.1
    label(axes, (1, 1.3), words["batch_sizes"], ha="left")
