"""A variant's learning curves, for its page in MLflow. (The figures of the comparisons are evaluation's.)"""

from collections.abc import Sequence
from pathlib import Path

from pipeline.training.loop import Fit


def draw_learning_curves(path: Path, title: str, metric: str, fits: Sequence[tuple[int, Fit]]) -> None:
    """Training and validation loss, and the metric where it is not the loss, by epoch; a line a seed.

    Args:
        path: of the PNG file.
        fits: (seed, what its training did).
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    names = ["train_loss", "validation_loss"] + ([f"validation_{metric}"] if metric != "loss" else [])
    figure = Figure(figsize=(3.6 * len(names), 3.2), layout="constrained")
    figure.suptitle(f"{title}: circles mark each seed's best epoch")
    for axes, name in zip(figure.subplots(1, len(names)), names, strict=True):
        for seed, fit in fits:
            values = [row[name] for row in fit.history]
            (line,) = axes.plot(range(1, len(values) + 1), values, label=f"seed {seed}")
            axes.plot(fit.best_epoch, values[fit.best_epoch - 1], "o", color=line.get_color())
        axes.set_xlabel("epoch")
        axes.set_ylabel(name.replace("_", " ") + (" (nats)" if name.endswith("loss") and metric != "rmse" else ""))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=150)
