"""What batching, trained embeddings and precision cost in time. Apart from the evaluation, for clocks never agree.

    python -m pipeline.evaluation.timings

Reads metrics/timing/ and metrics/train/ of the exercises whose question is one of time; writes
metrics/timing/summary.json and metrics/timing/figures/.
"""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pipeline.errors import PipelineError, run_stage
from pipeline.evaluation.figures import BLACK, COLOURS, as_png, titled
from pipeline.evaluation.scoring import AGAIN
from pipeline.files import read_json, replacing, write_json

TIMING, TRAIN = Path("metrics/timing"), Path("metrics/train")
WAYS = ("single", "padded", "packed", "bucketed")
PRECISIONS = ("lstm", "lstm_fp32")  # the first computes in what `precision` says
VECTORS = tuple(
    f"{source}_{training}" for source in ("random", "word2vec", "glove") for training in ("trained", "frozen")
)


def main() -> None:
    summary = {
        "packing": measure("packing", WAYS, "padding_share"),
        "embeddings": measure("embeddings", (*VECTORS, "glove_gradual"), "trainable_parameters"),
        "sentiment": measure("sentiment", PRECISIONS, "f1"),
    }
    images = {"packing": packing(summary["packing"]), "embeddings": embeddings(summary["embeddings"])}
    for name, image in images.items():
        with replacing(TIMING / "figures" / f"{name}.png") as temporary:
            temporary.write_bytes(image)
    write_json(TIMING / "summary.json", summary)
    for exercise, variants in summary.items():
        for variant, row in variants.items():
            print(
                f"{exercise}/{variant}: {row['seconds_per_epoch']:.2f} s an epoch, "
                f"{row['tokens_per_second']:,.0f} tokens/s, accuracy {100 * row['accuracy']:.1f}%"
            )


def measure(exercise: str, variants: Sequence[str], also: str) -> dict[str, dict[str, Any]]:
    """Medians over the seeds' times, and means of their scores.

    Raises:
        PipelineError: a file is missing or lacks a number.
    """
    rows = {}
    for variant in variants:
        times, results = (read_json(folder / exercise / f"{variant}.json") for folder in (TIMING, TRAIN))
        try:
            rows[variant] = {
                name: statistics.median(seed[name] for seed in times["seeds"])
                for name in ("seconds_per_epoch", "tokens_per_second")
            } | {name: results["mean"][name] for name in ("accuracy", also)}
        except KeyError as error:
            raise PipelineError(f"{TIMING / exercise / variant}.json or its metrics have no {error}; {AGAIN}") from None
    return rows


@as_png
def packing(rows: dict[str, dict[str, Any]]) -> Figure:
    """Exercise 6: speed of the four ways, with the padding that each computes."""
    fastest, slowest = (pick(rows, key=lambda way: rows[way]["tokens_per_second"]) for pick in (max, min))
    ratio = rows[fastest]["tokens_per_second"] / rows[slowest]["tokens_per_second"]
    return _bars(
        rows,
        "tokens_per_second",
        "real tokens a second, in thousands",
        1e-3,
        f"Batching: {fastest} trains {ratio:.0f} times as fast as {slowest}",
        "The same model, reviews and steps; the numbers are seconds an epoch, computed padding, and test accuracy",
        lambda row: (
            f"{row['seconds_per_epoch']:.1f} s   {100 * row['padding_share']:.0f}%   {100 * row['accuracy']:.1f}%"
        ),
    )


@as_png
def embeddings(rows: dict[str, dict[str, Any]]) -> Figure:
    """Exercise 4: time of an epoch with trained and with frozen vectors."""
    saved = [1 - rows[f"{source}_frozen"]["seconds_per_epoch"] / rows[f"{source}_trained"]["seconds_per_epoch"]
             for source in ("random", "word2vec", "glove")]  # fmt: skip
    change = -100 * statistics.mean(saved)
    return _bars(
        rows,
        "seconds_per_epoch",
        "seconds an epoch",
        1,
        f"Word vectors: an epoch with frozen ones takes {abs(change):.0f}% {'less' if change < 0 else 'more'} time",
        "The seeds train side by side; the numbers are parameters that learn, and test accuracy",
        lambda row: f"{row['trainable_parameters']:,.0f}   {100 * row['accuracy']:.1f}%",
    )


def _bars(
    rows: dict[str, dict[str, Any]],
    column: str,
    label: str,
    scale: float,
    message: str,
    subtitle: str,
    describe: Callable[[dict[str, Any]], str],
) -> Figure:
    """A bar a variant, and its other numbers beside it."""
    height = 1.6 + 0.34 * len(rows)
    figure = Figure(figsize=(9, height))
    bottom, top = titled(
        figure,
        message,
        subtitle,
        "Times are medians over the seeds, other numbers means. Another machine gives other times.",
    )
    axes = figure.subplots()
    figure.subplots_adjust(0.17, bottom + 0.5 / height, 0.72, top)
    values = [scale * row[column] for row in rows.values()]
    axes.barh(np.arange(len(rows)), values, color=COLOURS[0], height=0.62)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(label)
    for position, row in enumerate(rows.values()):
        axes.text(1.03, position, describe(row), transform=axes.get_yaxis_transform(), va="center", color=BLACK)
    return figure


if __name__ == "__main__":
    run_stage(main)
