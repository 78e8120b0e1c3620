"""The figure of a variant's learning curves for its page in MLflow."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.files import read_json

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def learning_curves(metrics: Path, history: Path) -> "Figure":
    """Training and validation loss, and the metric where it is validated, by epoch; a line for each seed.

    Args:
        metrics: metrics/train/EXERCISE/VARIANT.json.
        history: metrics/history/EXERCISE/VARIANT.csv.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    results = read_json(metrics)
    with history.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    scores = [f"validation_{results['metric']}"] if f"validation_{results['metric']}" in rows[0] else []
    names = ["train_loss", "validation_loss", *scores]
    figure = Figure(figsize=(3.6 * len(names), 3.2), layout="constrained")
    figure.suptitle(f"{results['exercise']}/{results['variant']}: circles mark each seed's best epoch")
    for axes, name in zip(figure.subplots(1, len(names)), names, strict=True):
        for result in results["seeds"]:
            values = [float(row[name]) for row in rows if int(row["seed"]) == result["seed"]]
            (line,) = axes.plot(range(1, len(values) + 1), values, label=f"seed {result['seed']}")
            axes.plot(result["best_epoch"], values[result["best_epoch"] - 1], "o", color=line.get_color())
        axes.set_xlabel("epoch")
        axes.set_ylabel(name.replace("_", " "))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(frameon=False, fontsize=8)
    return figure
