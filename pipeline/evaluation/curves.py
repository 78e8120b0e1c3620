"""Learning curves: how validation went, epoch by epoch, for every variant and seed."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline.errors import PipelineError
from pipeline.evaluation.comparison import Comparison
from pipeline.evaluation.figures import COLOURS, as_png, titled
from pipeline.evaluation.scoring import AGAIN, METRICS

MARKERS = ("o", "s", "^", "D", "v", "P")


@as_png
def learning_curves(comparisons: Sequence[Comparison]) -> Figure:
    """One panel for each comparison, from metrics/history/.

    Raises:
        PipelineError: a history is missing, has no such column or holds no number.
    """
    rows = math.ceil(len(comparisons) / 2)
    figure = Figure(figsize=(9, 1.3 + 2.7 * rows))
    bottom, top = titled(
        figure,
        "How validation went, epoch by epoch",
        "Titles name the best variant and its best epoch, by the mean over seeds; a perplexity is better when lower",
        "Thick lines: mean over seeds, as far as all of them trained; bands: lowest to highest seed. "
        "Thin lines: seeds, each until its early stop.",
    )
    panels = figure.subplots(rows, 2, squeeze=False).ravel()
    height = figure.get_figheight()
    figure.subplots_adjust(0.08, bottom + 0.45 / height, 0.98, top - 0.3 / height, wspace=0.2, hspace=0.5)
    for axes, comparison in zip(panels, comparisons, strict=False):
        _panel(axes, comparison)
    for axes in panels[len(comparisons) :]:
        axes.set_visible(False)
    return figure


def _panel(axes: Axes, comparison: Comparison) -> None:
    metric = METRICS[comparison.metric]
    pick = min if metric.curve_falls else max
    best = []
    for variant, colour, marker in zip(comparison.variants, COLOURS, MARKERS, strict=False):
        curves = read_history(Path(f"metrics/history/{comparison.exercise}/{variant}.csv"), metric.curve)
        curves = [metric.curve_scale * curve for curve in curves]
        for curve in curves:
            axes.plot(np.arange(1, len(curve) + 1), curve, color=colour, linewidth=0.7, alpha=0.5)
        together = np.stack([curve[: min(map(len, curves))] for curve in curves])
        epochs, mean = np.arange(1, together.shape[1] + 1), together.mean(axis=0)
        axes.fill_between(epochs, together.min(axis=0), together.max(axis=0), color=colour, alpha=0.15, linewidth=0)
        axes.plot(epochs, mean, color=colour, linewidth=1.8, marker=marker, markersize=4, label=variant)
        value = pick(mean)
        best.append((value, variant, 1 + int(np.argmax(mean == value))))
    value, variant, epoch = pick(best)
    axes.set_title(f"{comparison.exercise}: {variant} reaches {value:.1f} at epoch {epoch}", weight="bold")
    axes.set_xlabel("epoch")
    axes.set_ylabel(metric.curve_axis)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(color="#E4E4E4", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=8)


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
