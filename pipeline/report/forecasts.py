"""Figures of exercise 2: forecasts over what was measured, and how far back the gradient reaches."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.core.errors import PipelineError
from pipeline.report.exhibits import of_seeds, over_seeds, plain, seed_lines
from pipeline.report.figures import joined
from pipeline.report.style import BLACK, COLOURS, as_png, titled
from pipeline.scoring.metrics import AGAIN

NETWORKS = ("rnn", "gru", "lstm")
RIVAL = "autoregression_roots"  # reads what the networks read


@as_png
def forecast(variants: Sequence[str]) -> Figure:
    """Exercise 2: one-step forecasts of the test years over what was measured, and the errors below.

    Raises:
        PipelineError: predictions are missing or lack a column.
    """
    scores = {variant: f"{rmse:.1f}" for variant, rmse in rmse_of(variants, "test").items()}
    worst, best = (
        f"{end} ({joined([variant for variant, score in scores.items() if score == end])})"
        for end in (pick(scores.values(), key=float) for pick in (max, min))
    )
    figure = Figure(figsize=(9, 5))
    bottom, top = titled(
        figure,
        f"Sunspots a year ahead: RMSE from {worst} down to {best}",
        "Means over seeds: " + ", ".join(f"{variant} {score}" for variant, score in scores.items()),
        "Above: the number of sunspots, measured and forecast from the years before; of the networks the one with the "
        "lowest RMSE on the validation years, its first seed. Below: forecast less measured.",
    )
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    figure.subplots_adjust(0.08, bottom + 0.1, 0.98, top, hspace=0.1)
    draw_forecasts(above, below, {variant: variant for variant in drawn(variants)}, "measured", variants)
    above.set_ylabel("sunspots")
    below.set_ylabel("error (sunspots)")
    below.set_xlabel("year")
    return figure


def rmse_of(variants: Sequence[str], split: str) -> dict[str, float]:
    """RMSE in sunspots, the mean over seeds."""
    return {variant: float(np.mean(over_seeds("next_value", variant, split, "rmse"))) for variant in variants}


def drawn(variants: Sequence[str]) -> list[str]:
    """Three lines can be told apart: persistence, the networks' rival, and the network best on validation."""
    networks = rmse_of([variant for variant in variants if variant in NETWORKS], "validation")
    return ["persistence", RIVAL, min(networks, key=networks.__getitem__)]


def draw_forecasts(above: Axes, below: Axes, names: Mapping[str, str], measured: str, variants: Sequence[str]) -> None:
    """What was measured and the first seed forecast, and the errors; the `names` and that of the measured are shown.

    Colours are by the place in `variants`, as in the learning curves.
    """
    for position, (variant, name) in enumerate(names.items()):
        path = Path(f"data/predictions/next_value/{variant}.parquet")
        try:
            table = pq.read_table(path, columns=["seed", "year", "value", "prediction"])
        except (OSError, KeyError, ValueError) as error:
            raise PipelineError(f"{path} cannot be read ({error}); {AGAIN}") from None
        seeds = len(table["seed"].unique())
        years, values, predicted = (table[name].to_numpy().reshape(seeds, -1) for name in table.column_names[1:])
        if not position:
            above.plot(years[0], values[0], color=BLACK, linewidth=1.8, label=measured)
        colour, style = COLOURS[list(variants).index(variant)], (":", "--", "-")[position % 3]
        above.plot(years[0], predicted[0], color=colour, linewidth=1.3, linestyle=style, label=name)
        below.plot(years[0], predicted[0] - values[0], color=colour, linewidth=1.3, linestyle=style)
    bottom, top = above.get_ylim()
    above.set_ylim(min(0.0, bottom + 0.05 * (top - bottom)), 1.25 * top)  # room for the legend
    above.legend(frameon=False, ncols=len(names) + 1, fontsize=8, loc="upper center", columnspacing=1.2)
    below.axhline(0, color=BLACK, linewidth=0.8)
    for axes in (above, below):
        plain(axes)


def gradient_shares(variants: Sequence[str]) -> dict[str, np.ndarray]:
    """Each step's part of the summed norms of what the steps add to the gradient that they share, in per cent.

    (seeds, steps), the newest step first. What the steps add can cancel: these are not shares of the gradient itself.
    """
    norms = {
        variant: np.array(over_seeds("next_value", variant, "test", "step_gradient_norms")) for variant in variants
    }
    return {name: 100 * values[:, ::-1] / values.sum(axis=1, keepdims=True) for name, values in norms.items()}


def gradient_reach(variants: Sequence[str]) -> dict[str, dict[str, float]]:
    """Which part of the summed norms, 0 to 1, is that of the last five years, and which from before the last eleven."""
    shares = {variant: share.mean(axis=0) / 100 for variant, share in gradient_shares(variants).items()}
    return {name: {"near": float(share[:5].sum()), "far": float(share[11:].sum())} for name, share in shares.items()}


@as_png
def shared_gradient(variants: Sequence[str]) -> Figure:
    """Exercise 2: what each step adds to the gradient of the recurrent weights, which all steps share."""
    shares = gradient_shares(variants)
    recent = {variant: float(share[:, :5].sum(axis=1).mean()) for variant, share in shares.items()}
    return of_seeds(
        "Weights that all years share: of the summed norms the last five years have "
        + ", ".join(f"{share:.0f}% ({variant})" for variant, share in recent.items()),
        "Norm of what each step adds to the gradient of the recurrent weights, as a share of the norms' sum",
        "What the steps add can cancel in part. Of the loss of the forecast from a whole window. The oldest year is "
        "left out: it starts from a state of zeros and adds nothing. Thick lines: mean over seeds; thin lines: seeds.",
        "years before the forecast",
        "share of the summed norms (%)",
        partial(draw_shares, shares=shares),
    )


def draw_shares(axes: Axes, shares: Mapping[str, np.ndarray]) -> None:
    """Shares of the summed norms over the years before the forecast, time to the right."""
    at = np.arange(1, 1 + max(share.shape[1] for share in shares.values()))
    seed_lines(axes, at, shares, first=3)  # after the baselines, as in the learning curves
    axes.invert_xaxis()
    axes.set_ylim(bottom=0)
