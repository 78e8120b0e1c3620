"""Charts of a comparison: scores with their seeds, and differences with their intervals."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline.report.charts import Chart
from pipeline.report.results import EVALUATION, Results
from pipeline.report.style import BLACK, COLOURS, GREY, PALE
from pipeline.report.words import Words
from pipeline.scoring.comparison import interval_key, outcome_of
from pipeline.scoring.metrics import Metric
from pipeline.scoring.verdicts import decimals, deviation

CARD = 3.0  # inches, for charts that stand three in a row


def comparison_charts(name: str, results: Results, words: Words) -> dict[str, Chart]:
    """NAME_scores, NAME_card, which is the same but narrower, and NAME_differences."""
    entry = results.value(f"{EVALUATION}:comparisons.{name}")
    metric, text = results.exercise.metric(entry["metric"]), words.metric(entry["metric"])
    variants = {words.variant(variant): summary for variant, summary in entry["variants"].items()}
    pairs = [pair | {of: words.variant(pair[of]) for of in ("a", "b")} for pair in entry["differences"]]
    scores = partial(_scores, variants=variants, metric=metric, label=text.axis)
    height = 0.9 + 0.34 * len(variants)
    differences = partial(
        _differences,
        differences=pairs,
        confidence=results.confidence,
        metric=metric,
        interval=words["interval"],
        label=words["axes"]["difference"].format(text.points),
    )
    return {
        f"{name}_scores": Chart(height, scores, words["scores_caption"]),
        f"{name}_card": Chart(height, scores, words["scores_caption"], CARD),
        f"{name}_differences": Chart(0.9 + 0.5 * len(pairs), differences, words["differences_caption"]),
    }


def _rows(axes: Axes, names: list[str]) -> None:
    """One row for each name, the first on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    axes.margins(x=0.08)


def _write(axes: Axes, across: float, row: float, text: str, ha: str = "left") -> None:
    """Write numbers at a row, `across` as a share of the axes' width; black on white, always legible."""
    axes.text(
        across,
        row,
        text.replace("-", "−"),
        transform=axes.get_yaxis_transform(),
        ha=ha,
        va="center",
        color=BLACK,
        bbox={"facecolor": "#ffffff", "edgecolor": "none", "pad": 1},
    )


def _scores(figure: Figure, variants: dict[str, Any], metric: Metric, label: str) -> None:
    """A row for each variant: seeds, their mean and standard deviation, and the numbers beside them."""
    axes, scale = figure.subplots(), metric.scale
    axes.set_xlabel(label)
    _rows(axes, list(variants))
    for row, summary in enumerate(variants.values()):
        values = scale * np.array(list(summary["seeds"].values()))
        axes.scatter(
            values,
            np.full(len(values), row if len(values) == 1 else row + 0.2),
            s=20,
            facecolors="none",
            edgecolors=BLACK,
            linewidths=0.8,
        )
        mean, sd = scale * summary["mean"], summary["sd"]
        if sd is None:
            _write(axes, 1.04, row, f"{mean:.{metric.digits}f}")
        else:
            axes.errorbar(
                mean, row, xerr=scale * sd, color=COLOURS[0], marker="D", markersize=5, capsize=3, linewidth=1.4
            )
            _write(axes, 1.04, row, f"{mean:.{metric.digits}f} ± {deviation(scale * sd, metric.digits)}")
    axes.set_xlim(_at_least(axes.get_xlim(), 2 * 10.0 ** (1 - metric.digits)))
    if metric.scale == 100:  # a percentage ends at 100
        low, high = axes.get_xlim()
        axes.set_xlim(low, min(high, 100 + 0.04 * (100 - low)))


def _at_least(limits: tuple[float, float], width: float) -> tuple[float, float]:
    """Limits of an axis, wide enough that a small difference does not look large."""
    low, high = limits
    spare = max(0.0, width - (high - low)) / 2
    return low - spare, high + spare


def _differences(
    figure: Figure, differences: list[dict[str, Any]], confidence: float, metric: Metric, interval: str, label: str
) -> None:
    """A row for each difference: its interval, coloured by what it shows, and the numbers above it."""
    axes = figure.subplots()
    axes.set_xlabel(label, loc="right")  # long names leave little room below the axis
    # A name takes two lines, and the numbers stand above the interval, so that it has room.
    _rows(axes, [f"{difference['a']}\n− {difference['b']}" for difference in differences])
    axes.axvline(0, color=BLACK, linewidth=0.9, zorder=1)
    for row, difference in enumerate(differences):
        delta = metric.scale * difference["delta"]
        low, high = (metric.scale * end for end in difference[interval_key(confidence)])
        digits = decimals(low, high, metric.digits)
        colours = {"better": COLOURS[0], "worse": COLOURS[1], "none": GREY}
        colour = colours[outcome_of(difference, confidence, metric.falls)]
        axes.plot([low, high], [row, row], color=colour, linewidth=1.6, marker="|", markersize=7, zorder=2)
        axes.plot(delta, row, color=colour, marker="o", markersize=5.5, zorder=3)
        text = f"{delta:+z.{digits}f} ({interval.format(f'{low:z.{digits}f}', f'{high:z.{digits}f}')})"
        _write(axes, 0.5, row - 0.3, text, ha="center")
    axes.set_xlim(_at_least(axes.get_xlim(), 10.0 ** (1 - metric.digits)))
