"""Learning curves: validation scores, epoch by epoch, for every variant and seed of an exercise."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pipeline.report.charts import Chart, grid, lines
from pipeline.report.results import Results
from pipeline.report.style import COLOURS, MARKERS
from pipeline.report.words import Words

Curves = Mapping[str, Sequence[np.ndarray]]  # by variant, a curve (epochs,) per seed


def curves_chart(results: Results, words: Words) -> Chart | None:
    """The chart of the learning curves; None where nothing was trained for more than one epoch."""
    metric, text = results.exercise.metric(results.exercise.stage.metric), words.metric(results.exercise.stage.metric)
    curves = {
        variant: [metric.scale * curve for curve in results.history(variant, metric.curve)]
        for variant in results.variants
    }
    if max(len(curve) for seeds in curves.values() for curve in seeds) == 1:
        return None
    fitted = [variant for variant, seeds in curves.items() if max(map(len, seeds)) == 1]
    means = {variant: together(seeds).mean(axis=0) for variant, seeds in curves.items() if variant not in fitted}
    winners, value, epoch = best(means, metric.curve_falls)
    names = words.listed([words.variant(winner) for winner in winners])
    written = f"{value:.{metric.digits}f}".replace("-", "−")
    caption = f"{words['curves_caption']} {words['curves_best'].format(names=names, value=written, epoch=epoch)}"
    if fitted:
        caption += f" {words['curves_fitted']}"
    named = {words.variant(variant): seeds for variant, seeds in curves.items()}
    return lines(partial(draw_curves, curves=named), words["axes"]["epoch"], text.curve, caption)


def together(seeds: Sequence[np.ndarray]) -> np.ndarray:
    """(seeds, epochs), up to the last epoch that all seeds trained."""
    return np.stack([curve[: min(map(len, seeds))] for curve in seeds])


def best(means: Mapping[str, np.ndarray], falls: bool) -> tuple[list[str], float, int]:
    """The variants whose mean is the first to reach the best value, that value, and the epoch at which they did."""
    pick = min if falls else max
    value = pick(pick(mean) for mean in means.values())
    reached = {variant: 1 + int(np.argmax(mean == value)) for variant, mean in means.items() if pick(mean) == value}
    epoch = min(reached.values())
    return [variant for variant in reached if reached[variant] == epoch], float(value), epoch


def draw_curves(axes: Axes, curves: Curves) -> None:
    """A thin line for each seed, a thick one for their mean, a band from the lowest to the highest seed.

    A variant with a single epoch, where others have more, was fitted: it is a dashed line across.
    """
    longest = max(len(curve) for seeds in curves.values() for curve in seeds)
    for position, (name, seeds) in enumerate(curves.items()):
        colour, marker = COLOURS[position % len(COLOURS)], MARKERS[position % len(MARKERS)]
        shared = together(seeds)
        mean = shared.mean(axis=0)
        if max(map(len, seeds)) == 1 < longest:
            axes.axhline(mean[0], color=colour, linewidth=1.4, linestyle="--", label=name)
            continue
        for curve in seeds:
            axes.plot(np.arange(1, len(curve) + 1), curve, color=colour, linewidth=0.7, alpha=0.5)
        epochs = np.arange(1, shared.shape[1] + 1)
        axes.fill_between(epochs, shared.min(axis=0), shared.max(axis=0), color=colour, alpha=0.15, linewidth=0)
        axes.plot(epochs, mean, color=colour, linewidth=1.8, marker=marker, markersize=4, label=name)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    grid(axes)
