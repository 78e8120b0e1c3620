"""Learning curves: how validation went, epoch by epoch, for every variant and seed."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline.core.errors import PipelineError
from pipeline.report.figures import joined
from pipeline.report.style import COLOURS, PALE, as_png, titled
from pipeline.scoring.comparison import Comparison
from pipeline.scoring.metrics import AGAIN, METRICS

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
COLUMNS = 3


def by_exercise(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """One comparison for each exercise: its first, with the pairs, and so the variants, of all of them."""
    first = {comparison.exercise: comparison for comparison in reversed(comparisons)}
    return [
        replace(
            comparison, pairs=tuple(pair for other in comparisons if other.exercise == exercise for pair in other.pairs)
        )
        for exercise, comparison in reversed(first.items())
    ]


def with_curves(comparisons: Sequence[Comparison]) -> tuple[Sequence[Comparison], list[str]]:
    """Those whose exercise trains for more than one epoch, and the names of the other exercises; all, if none does."""
    single = [
        comparison.exercise
        for comparison in comparisons
        if all(len(curve) == 1 for curves in histories(comparison).values() for curve in curves)
    ]
    if len(single) == len(comparisons):
        return comparisons, []
    return [comparison for comparison in comparisons if comparison.exercise not in single], single


def histories(comparison: Comparison) -> dict[str, list[np.ndarray]]:
    """The validation metric of each variant as it is shown, a curve (epochs,) per seed."""
    metric = METRICS[comparison.metric]
    return {
        variant: [
            metric.curve_scale * curve
            for curve in read_history(Path(f"metrics/history/{comparison.exercise}/{variant}.csv"), metric.curve)
        ]
        for variant in comparison.variants
    }


@as_png
def learning_curves(comparisons: Sequence[Comparison]) -> Figure:
    """One panel for each exercise, from metrics/history/.

    Raises:
        PipelineError: a history is missing, has no such column or holds no number.
    """
    panels_of, left_out = with_curves(by_exercise(comparisons))
    note = f" Left out, for a single epoch is no curve: {joined(left_out)}." if left_out else ""
    rows = math.ceil(len(panels_of) / COLUMNS)
    figure = Figure(figsize=(5 * COLUMNS, 1.3 + 2.7 * rows))
    bottom, top = titled(
        figure,
        "How validation went, epoch by epoch",
        "Titles name the best variants by the mean over seeds, and the first epoch at which one of them was; "
        "accuracy and F1 are better when higher, the others when lower",
        "Thick lines: mean over seeds, as far as all of them trained; bands: lowest to highest seed. "
        "Thin lines: seeds, each until its early stop. Dashed: what has no epochs; the "
        "autoregressions are fitted to the validation years too." + note,
    )
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    height = figure.get_figheight()
    figure.subplots_adjust(0.15 / COLUMNS, bottom + 0.45 / height, 0.9, top - 0.3 / height, wspace=0.65, hspace=0.5)
    for axes, comparison in zip(panels, panels_of, strict=False):
        _panel(axes, comparison)
    for axes in panels[len(panels_of) :]:
        axes.set_visible(False)
    return figure


def _panel(axes: Axes, comparison: Comparison) -> None:
    metric = METRICS[comparison.metric]
    pick = min if metric.curve_falls else max
    means = draw_curves(axes, comparison, {variant: variant for variant in comparison.variants})
    value = pick(pick(mean) for mean in means.values())
    winners = [variant for variant, mean in means.items() if pick(mean) == value]
    epoch = min(1 + int(np.argmax(means[variant] == value)) for variant in winners)
    axes.set_title(
        f"{comparison.exercise}: {joined(winners)} {'reaches' if len(winners) == 1 else 'reach'} "
        f"{value:.{metric.digits}f} at epoch {epoch}",
        weight="bold",
    )
    axes.set_xlabel("epoch")
    axes.set_ylabel(metric.curve_axis)
    axes.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5), borderaxespad=0.3)


def draw_curves(axes: Axes, comparison: Comparison, names: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Draw how validation went for each variant; return the means over seeds, (epochs,) each.

    Where others train for epochs, what has a single one was fitted: a dashed line across.
    """
    found = histories(comparison)
    longest = max(len(curve) for curves in found.values() for curve in curves)
    means = {}
    for (variant, curves), colour, marker in zip(found.items(), COLOURS, MARKERS, strict=False):
        if max(map(len, curves)) == 1 < longest:
            means[variant] = np.mean(curves, axis=0)
            axes.axhline(means[variant][0], color=colour, linewidth=1.4, linestyle="--", label=names[variant])
            continue
        for curve in curves:
            axes.plot(np.arange(1, len(curve) + 1), curve, color=colour, linewidth=0.7, alpha=0.5)
        together = np.stack([curve[: min(map(len, curves))] for curve in curves])
        epochs, means[variant] = np.arange(1, together.shape[1] + 1), together.mean(axis=0)
        axes.fill_between(epochs, together.min(axis=0), together.max(axis=0), color=colour, alpha=0.15, linewidth=0)
        axes.plot(
            epochs, means[variant], color=colour, linewidth=1.8, marker=marker, markersize=4, label=names[variant]
        )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    return means


def read_history(path: Path, column: str) -> list[np.ndarray]:
    """One column of a history, a curve (epochs,) per seed in the order of the file.

    Raises:
        PipelineError: the file is missing, has no such column, or a value is not a finite number.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [(row["seed"], float(row[column])) for row in csv.DictReader(stream)]
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing: run `dvc repro`") from None
    except KeyError as error:
        raise PipelineError(f"{path} has no column {error}; {AGAIN}") from None
    except (TypeError, ValueError) as error:
        raise PipelineError(f"{path}, column {column}: {error}; {AGAIN}") from None
    if not rows or not all(math.isfinite(value) for _, value in rows):
        raise PipelineError(f"{path}: {column} is not a finite number in every row; {AGAIN}")
    seeds = dict.fromkeys(seed for seed, _ in rows)
    return [np.array([value for owner, value in rows if owner == seed]) for seed in seeds]
