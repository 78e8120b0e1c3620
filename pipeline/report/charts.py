"""Charts as SVG: in the page's language and colours, narrow enough for a phone, their words in a caption."""

import io
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.report.style import BLACK, COLOURS, GREY, MARKERS, PALE, STYLE

WIDTH = 3.6  # inches: on a phone that has room for 323 pixels, text of 9 points is 11 pixels high
ROOM, HANDLE = 50, 9  # about how many letters fit side by side in it; letters that the line of a legend takes
ROW = 0.22  # inches of a line in a legend
# Colours that the page may replace (templates/style.css); a file of its own keeps these.
THEME = {"#ffffff": "paper", BLACK: "ink", GREY: "grey", PALE: "pale"}
THEME |= {colour: f"c{number}" for number, colour in enumerate(COLOURS[:-1], start=1)}


@dataclass(frozen=True)
class Chart:
    """A chart that a page may show. It is drawn, and its data are read, only when a page shows it."""

    height: float  # inches
    paint: Callable[[Figure], object]
    caption: str = ""  # empty: the caption of its name in the words
    width: float = WIDTH


class Charts:
    """The charts of a language that its pages show, as SVG, each drawn once.

    Args:
        draw: makes SVG of a chart's name and the chart.
    """

    def __init__(self, draw: Callable[[str, Chart], str] | None = None) -> None:
        self.drawn: dict[str, str] = {}
        self._draw = draw or svg

    def shown(self, name: str, chart: Chart) -> str:
        if name not in self.drawn:
            self.drawn[name] = self._draw(name, chart)
        return self.drawn[name]


def svg(name: str, chart: Chart) -> str:
    """A chart as SVG text: the same bytes for the same data, and no id that another chart of the page has."""
    settings = {"svg.fonttype": "none", "svg.hashsalt": name}
    with matplotlib.style.context(["default", STYLE, settings]):
        figure = Figure(figsize=(chart.width, chart.height), layout="constrained")
        chart.paint(figure)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    used = set(re.findall(r"#([\w.]+)", text))  # the others would be in every chart of a page
    text = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in used else "", text)
    text = text.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
    for colour, variable in THEME.items():
        text = re.sub(f"{colour}(?![0-9a-f])", f"var(--{variable}, {colour.lower()})", text, flags=re.IGNORECASE)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


def lines(paint: Callable[[Axes], object], x: str, y: str, caption: str = "") -> Chart:
    """A chart of what `paint` draws on its axes, named `x` and `y`, with a legend below, where it covers no line."""

    def on(figure: Figure) -> None:
        axes = figure.subplots()
        paint(axes)
        axes.set(xlabel=x, ylabel=y)
        legend(figure, axes)

    return Chart(3.0, on, caption)


def legend(figure: Figure, axes: Axes) -> None:
    """Below, in as many columns as there is room for."""
    labels = axes.get_legend_handles_labels()[1]
    longest = max(map(len, labels)) + HANDLE
    columns = max(1, min(ROOM // longest, 2 if len(labels) in (2, 4) else 3))
    if sum(map(len, labels)) + HANDLE * len(labels) <= ROOM:
        columns = len(labels)
    rows = math.ceil(len(labels) / columns)
    figure.set_figheight(figure.get_figheight() + ROW * max(0, rows - 2))  # the axes keep their height
    figure.legend(loc="outside lower center", ncols=columns, frameon=False)


def grid(axes: Axes) -> None:
    axes.grid(color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)


def seed_lines(axes: Axes, at: np.ndarray, series: Mapping[str, np.ndarray], dodge: float = 0, first: int = 0) -> None:
    """A thin line for each seed and a thick one for their mean.

    Args:
        at: (points,); a series may have fewer points than that.
        series: by name, (seeds, points).
        dodge: how far apart equal lines are drawn, so that all are seen.
        first: colour and marker of the first series, by their number.
    """
    for position, (name, values) in enumerate(series.items()):
        colour, marker = COLOURS[(first + position) % len(COLOURS)], MARKERS[(first + position) % len(MARKERS)]
        x = at[: values.shape[1]] + dodge * (position - (len(series) - 1) / 2)
        axes.plot(x, values.T, color=colour, linewidth=0.7, alpha=0.5)
        axes.plot(x, values.mean(axis=0), color=colour, linewidth=1.8, marker=marker, markersize=5, label=name)
    grid(axes)


def bars(values: Mapping[str, float], label: str, caption: str = "") -> Chart:
    """A bar for each name, its value beside it with one decimal."""

    def on(figure: Figure) -> None:
        axes = figure.subplots()
        found = axes.barh(list(values), list(values.values()), color=COLOURS[0], height=0.62)
        axes.bar_label(found, fmt="%.1f", padding=4)
        axes.invert_yaxis()
        axes.margins(x=0.15)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(label)

    return Chart(0.9 + 0.3 * len(values), on, caption)
