"""What batching, trained embeddings and precision cost in time. Apart from the evaluation, for clocks never agree.

    python -m pipeline.scoring.timings

Reads metrics/timing/ and metrics/train/ of the exercises whose question is one of time; writes
metrics/timing/summary.json and metrics/timing/figures/.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import read_json, replacing, write_json
from pipeline.report.style import BLACK, COLOURS, GREY, as_png, titled
from pipeline.scoring.metrics import AGAIN

TIMING, TRAIN = Path("metrics/timing"), Path("metrics/train")
WAYS = ("single", "padded", "packed", "bucketed")
CELLS = ("lstm", "lstm_fp32", "gru")  # the GRU has no kernel for bf16: it computes in fp32
STARTS = ("random", "word2vec", "glove")
VECTORS = tuple(f"{start}_{training}" for start in STARTS for training in ("trained", "frozen"))


@dataclass(frozen=True)
class Saving:
    """Seconds of an epoch with trained and with frozen vectors, one for each start."""

    trained: list[float]
    frozen: list[float]

    @property
    def share(self) -> float:
        """How much less time than an epoch with trained vectors one with frozen ones takes, on the mean."""
        return 1 - statistics.fmean(self.frozen) / statistics.fmean(self.trained)

    @property
    def spread(self) -> float:
        """How far apart rows are that do equal work: what of a difference may be the machine's noise."""
        return max(max(rows) - min(rows) for rows in (self.trained, self.frozen))

    @property
    def shown(self) -> bool:
        """Whether frozen vectors save more than that."""
        return statistics.fmean(self.trained) - statistics.fmean(self.frozen) > self.spread


def main() -> None:
    summary = {
        "packing": measure("packing", WAYS, "padding_share"),
        "embeddings": measure("embeddings", (*VECTORS, "glove_gradual"), "trainable_parameters"),
        "sentiment": measure("sentiment", CELLS, "f1"),
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
    """Medians over the seeds' times, the least and the most of them, and means of their scores.

    Raises:
        PipelineError: a file is missing or lacks a number.
    """
    rows = {}
    for variant in variants:
        times, results = (read_json(folder / exercise / f"{variant}.json") for folder in (TIMING, TRAIN))
        try:
            seconds = [seed["seconds_per_epoch"] for seed in times["seeds"]]
            rows[variant] = {
                "seconds_per_epoch": statistics.median(seconds),
                "lowest_seconds": min(seconds),
                "highest_seconds": max(seconds),
                "tokens_per_second": statistics.median(seed["tokens_per_second"] for seed in times["seeds"]),
                **{name: results["mean"][name] for name in ("accuracy", also)},
            }
        except KeyError as error:
            raise PipelineError(f"{TIMING / exercise / variant}.json or its metrics have no {error}; {AGAIN}") from None
    return rows


def saving(rows: Mapping[str, Mapping[str, Any]]) -> Saving:
    """What freezing saves, from exercise 4's part of the summary."""
    trained, frozen = ([rows[f"{start}_{training}"]["seconds_per_epoch"] for start in STARTS]
                       for training in ("trained", "frozen"))  # fmt: skip
    return Saving(trained, frozen)


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
        "The same model, the same reviews and the same number of steps",
        {
            "seconds\nan epoch": lambda row: f"{row['seconds_per_epoch']:.1f}",
            "padding\n(%)": lambda row: f"{100 * row['padding_share']:.0f}",
            "accuracy\n(%)": lambda row: f"{100 * row['accuracy']:.1f}",
        },
    )


@as_png
def embeddings(rows: dict[str, dict[str, Any]]) -> Figure:
    """Exercise 4: time of an epoch with trained and with frozen vectors."""
    found = saving(rows)
    message = "Freezing word vectors: no saving shown"
    if found.shown:
        message = f"Word vectors: an epoch with frozen ones takes {100 * found.share:.0f}% less time"
    return _bars(
        rows,
        "seconds_per_epoch",
        "seconds an epoch",
        1,
        message,
        f"Means of three starts; rows of equal work lie up to {found.spread:.1f} s apart; the seeds train side by side",
        {
            "parameters\nthat learn": lambda row: f"{row['trainable_parameters']:,.0f}",
            "accuracy\n(%)": lambda row: f"{100 * row['accuracy']:.1f}",
        },
    )


def _bars(
    rows: dict[str, dict[str, Any]],
    column: str,
    label: str,
    scale: float,
    message: str,
    subtitle: str,
    beside: dict[str, Callable[[dict[str, Any]], str]],
) -> Figure:
    """A bar a variant, and its other numbers in columns beside it, by their headings."""
    height = 1.9 + 0.34 * len(rows)
    figure = Figure(figsize=(9, height))
    bottom, top = titled(
        figure,
        message,
        subtitle,
        "Times are medians over the seeds, other numbers means. Another machine gives other times.",
    )
    axes = figure.subplots()
    figure.subplots_adjust(0.17, bottom + 0.5 / height, 0.93 - 0.1 * len(beside), top - 0.3 / height)
    values = [scale * row[column] for row in rows.values()]
    axes.barh(np.arange(len(rows)), values, color=COLOURS[0], height=0.62)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(label)
    width = axes.get_position().width
    for column_number, (heading, describe) in enumerate(beside.items(), start=1):
        at: dict[str, Any] = {
            "x": 1 + 0.1 * column_number / width,
            "transform": axes.get_yaxis_transform(),
            "ha": "right",
        }
        axes.text(y=-0.7, s=heading, va="bottom", color=GREY, size=8, **at)
        for position, row in enumerate(rows.values()):
            axes.text(y=position, s=describe(row), va="center", color=BLACK, **at)
    return figure


if __name__ == "__main__":
    run_stage(main)
