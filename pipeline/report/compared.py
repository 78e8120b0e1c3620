"""Figures of comparisons: scores with their seeds, differences with their intervals, and what they say in words."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline.report.style import BLACK, COLOURS, GREY, PALE, as_png, titled
from pipeline.scoring.bootstrap import decimals, outcome
from pipeline.scoring.comparison import interval_key
from pipeline.scoring.metrics import METRICS, Metric


@as_png
def comparison(result: dict[str, Any], confidence: float) -> Figure:
    """Scores with their seeds on the left, differences with their intervals on the right.

    Args:
        result: a comparison's entry of metrics/evaluation.json.
        confidence: of its intervals.
    """
    metric = METRICS[result["metric"]]
    variants, differences = result["variants"], result["differences"]
    figure = Figure(figsize=(10, 2.1 + 0.4 * max(len(variants), len(differences))))
    seeds = list(next(iter(variants.values()))["seeds"])
    several = len(seeds) > 1
    note = (
        f"Circles: test scores of seed{'s' if several else ''} {', '.join(seeds)}. "
        + ("Diamonds: their mean, with one standard deviation either side. " if several else "")
        + f"Right: differences with {100 * confidence:g}% intervals by a paired bootstrap over test examples"
        + (" and seeds" if several else "; with one seed they say nothing about training again")
        + f", first minus second; {'left' if metric.falls else 'right'} of 0 the first named is better. "
        + f"Edition of the data: {result['edition']}."
    )
    message = f"{result['exercise']}: {headline(differences, confidence, metric.falls)}"
    bottom, top = titled(figure, message, result["question"], note)
    left, right = figure.subplots(1, 2)
    bottom += 0.5 / figure.get_figheight()
    pairs = [f"{difference['a']} − {difference['b']}" for difference in differences]
    # Inches: names, scores, their numbers, names of differences, differences, their numbers.
    first, second = (0.25 + 0.07 * max(map(len, names)) for names in (variants, pairs))
    last = 1.4 + 0.2 * metric.digits
    spare = 10 - first - 1.2 - second - last
    left.set_position((first / 10, bottom, 0.6 * spare / 10, top - bottom))
    right.set_position((1 - (last + 0.4 * spare) / 10, bottom, 0.4 * spare / 10, top - bottom))
    draw_scores(left, variants, metric)
    left.set_xlabel(metric.axis)
    draw_differences(right, differences, interval_key(confidence), metric)
    right.set_xlabel(f"difference ({metric.points})")
    return figure


def headline(differences: list[dict[str, Any]], confidence: float, falls: bool = False) -> str:
    """All verdicts of a comparison in one sentence: who beats whom, and where nothing is shown."""
    if len(differences) == 1:
        return differences[0]["verdict"]
    groups: dict[tuple[str, str], list[str]] = {}
    for difference in differences:
        low, high = difference[interval_key(confidence)]
        kind = "same" if low == high == 0 else outcome(low, high, falls)
        groups.setdefault((kind, difference["b"]), []).append(difference["a"])
    parts = []
    for (result, b), names in groups.items():
        if result == "same":
            parts.append(f"{joined([*names, b])} do not differ on any test example")
        elif result == "none":
            parts.append(f"no difference shown between {' or '.join(names)} and {b}")
        else:
            parts.append(f"{joined(names)} {'is' if len(names) == 1 else 'are'} {result} than {b}")
    return "; ".join(parts)


def joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _rows(axes: Axes, names: list[str]) -> None:
    """One row a name, the first on top."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], min_n_ticks=3))
    axes.margins(x=0.08)


def _value(axes: Axes, row: int, text: str, colour: str) -> None:
    """Write a row's numbers beside the axes, where they meet no mark."""
    axes.text(1.04, row, text.replace("-", "−"), transform=axes.get_yaxis_transform(), va="center", color=colour)


def draw_scores(axes: Axes, variants: dict[str, Any], metric: Metric) -> None:
    """A row a variant: seeds, their mean and standard deviation, and the numbers beside them."""
    scale = metric.scale
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
            _value(axes, row, f"{mean:.{metric.digits}f}", BLACK)
        else:
            axes.errorbar(
                mean, row, xerr=scale * sd, color=COLOURS[0], marker="D", markersize=5, capsize=3, linewidth=1.4
            )
            _value(axes, row, f"{mean:.{metric.digits}f} ± {deviation(scale * sd, metric.digits)}", BLACK)
    axes.set_xlim(_at_least(axes.get_xlim(), 2 * 10.0 ** (1 - metric.digits)))
    if metric.scale == 100:  # no share of a test is beyond 100%
        low, high = axes.get_xlim()
        axes.set_xlim(low, min(high, 100 + 0.04 * (100 - low)))


def deviation(value: float, digits: int) -> str:
    """A standard deviation in words: none but 0 reads as 0."""
    return f"< {10.0**-digits:.{digits}f}" if value and not round(value, digits) else f"{value:.{digits}f}"


def _at_least(limits: tuple[float, float], width: float) -> tuple[float, float]:
    """Limits of an axis, so wide that a hair's breadth does not look like a gulf."""
    low, high = limits
    spare = max(0.0, width - (high - low)) / 2
    return low - spare, high + spare


def draw_differences(
    axes: Axes, differences: list[dict[str, Any]], key: str, metric: Metric, interval: str = "{} to {}"
) -> None:
    """A row a difference: its interval, coloured by what it shows, and the numbers beside it."""
    _rows(axes, [f"{difference['a']} − {difference['b']}" for difference in differences])
    axes.axvline(0, color=BLACK, linewidth=0.9, zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    for row, difference in enumerate(differences):
        delta = metric.scale * difference["delta"]
        low, high = (metric.scale * end for end in difference[key])
        digits = decimals(low, high, metric.digits)
        colour = {"better": COLOURS[0], "worse": COLOURS[1], "none": GREY}[outcome(low, high, metric.falls)]
        axes.plot([low, high], [row, row], color=colour, linewidth=1.6, marker="|", markersize=7, zorder=2)
        axes.plot(delta, row, color=colour, marker="o", markersize=5.5, zorder=3)
        _value(
            axes, row, f"{delta:+z.{digits}f} ({interval.format(f'{low:z.{digits}f}', f'{high:z.{digits}f}')})", colour
        )
    axes.set_xlim(_at_least(axes.get_xlim(), 10.0 ** (1 - metric.digits)))
