"""Figures that belong to one exercise: what its comparison of scores does not show."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.report.curves import MARKERS, read_history
from pipeline.report.figures import joined
from pipeline.report.style import BLACK, COLOURS, GREY, PALE, as_png, titled
from pipeline.scoring.metrics import AGAIN

TRAIN = Path("metrics/train")
LINE = 10.0  # inches of words
LENGTHS = (10, 40, 100, 500)  # of the parity test sets


def over_seeds(exercise: str, variant: str, *keys: str) -> list[Any]:
    """One value a seed from metrics/train/EXERCISE/VARIANT.json.

    Raises:
        PipelineError: the file is missing or has no such value.
    """
    path = TRAIN / exercise / f"{variant}.json"
    values = read_json(path)["seeds"]
    for key in keys:
        try:
            values = [value[key] for value in values]
        except (KeyError, TypeError):
            raise PipelineError(f"{path} has no {'.'.join(keys)} for every seed; {AGAIN}") from None
    return values


def plain(axes: Axes) -> None:
    axes.grid(color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)


def seed_lines(axes: Axes, at: np.ndarray, series: Mapping[str, np.ndarray], dodge: float = 0, first: int = 0) -> None:
    """A thin line a seed and a thick one for their mean.

    Args:
        at: (points,); a series may have fewer points than that.
        series: by name, (seeds, points).
        dodge: how far apart equal lines are drawn, that all be seen.
        first: colour and marker of the first series, by their number.
    """
    for position, (name, values) in enumerate(series.items()):
        colour, marker = COLOURS[(first + position) % len(COLOURS)], MARKERS[(first + position) % len(MARKERS)]
        x = at[: values.shape[1]] + dodge * (position - (len(series) - 1) / 2)
        axes.plot(x, values.T, color=colour, linewidth=0.7, alpha=0.5)
        axes.plot(x, values.mean(axis=0), color=colour, linewidth=1.8, marker=marker, markersize=5, label=name)
    plain(axes)


def of_seeds(message: str, subtitle: str, note: str, across: str, up: str, draw: Callable[[Axes], None]) -> Figure:
    """A figure of one panel with a line a series and a thin one a seed, its axes labelled `across` and `up`."""
    figure = Figure(figsize=(7, 4))
    bottom, top = titled(figure, message, subtitle, note)
    axes = figure.subplots()
    figure.subplots_adjust(0.1, bottom + 0.12, 0.98, top)
    draw(axes)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.legend(frameon=False)
    return figure


def parity_scores(variants: Sequence[str]) -> dict[str, np.ndarray]:
    """Test accuracy in per cent, (seeds, lengths) for each variant."""
    return {
        variant: 100 * np.transpose([over_seeds("parity", variant, "test", f"accuracy_{n}") for n in LENGTHS])
        for variant in variants
    }


@as_png
def length_generalisation(variants: Sequence[str]) -> Figure:
    """Exercise 0: accuracy on sequences longer than those of training, a line a variant, a thin one a seed."""
    scores = parity_scores(variants)
    whole = [variant for variant, values in scores.items() if (values == 100).all()]
    return of_seeds(
        f"Parity: {joined(whole)} {'makes' if len(whole) == 1 else 'make'} no mistake at any length tested, up to 500"
        if whole
        else "Parity: no network is without mistakes at every length",
        "Trained on 1 to 10 digits; guessing gives 50%",
        "Thick lines: mean over seeds; thin lines: seeds. The first point stands for lengths 1 to 10.",
        "digits in a sequence",
        "test accuracy (%)",
        partial(draw_lengths, scores=scores),
    )


def draw_lengths(axes: Axes, scores: Mapping[str, np.ndarray]) -> None:
    """Accuracy over length, (seeds, lengths) by name."""
    at = np.arange(len(LENGTHS), dtype=float)
    seed_lines(axes, at, scores, dodge=0.05)
    axes.axhline(50, color=GREY, linewidth=0.8, linestyle="--")
    axes.set_ylim(min(48.0, axes.get_ylim()[0]), 102)
    axes.set_xticks(at, ["1-10", *map(str, LENGTHS[1:])])


@as_png
def sharing_curves(pairs: Sequence[tuple[str, str]]) -> Figure:
    """Exercise 1: training loss and gradient norm, by epoch; a row for each pair (shared, separate)."""
    figure = Figure(figsize=(9, 1.4 + 2.7 * len(pairs)))
    counts = {name: over_seeds("shared_mlp", name, "parameters")[0] for pair in pairs for name in pair}
    saved = [f"{100 * (1 - counts[shared] / counts[separate]):.0f}%" for shared, separate in pairs]
    bottom, top = titled(
        figure,
        f"Sharing one matrix among the hidden layers saves {joined(saved)} of the parameters",
        ", ".join(f"{variant}: {count:,}" for variant, count in counts.items()) + " parameters",
        "Thick lines: mean over seeds; thin lines: seeds. Apart: every seed of one is above every seed of the other. "
        "The gradient's norm is taken before clipping, and averaged over the epoch's steps.",
    )
    panels = figure.subplots(len(pairs), 2, sharex=True, squeeze=False)
    height = figure.get_figheight()
    figure.subplots_adjust(0.08, bottom + 0.45 / height, 0.98, top - 0.1 / height, wspace=0.2, hspace=0.25)
    for row, (shared, separate) in zip(panels, pairs, strict=True):
        for axes, column, label in zip(
            row, ("train_loss", "gradient_norm"), ("training loss (nats)", "gradient norm"), strict=True
        ):
            draw_training(axes, {variant: training_curves(variant, column) for variant in (separate, shared)})
            apart, epochs = epochs_apart(shared, separate, column)
            axes.set_title(f"seeds apart in {apart} of {epochs} epochs")
            axes.set_ylabel(label)
        row[0].legend(frameon=False)
    for axes in panels[-1]:
        axes.set_xlabel("epoch")
    return figure


def training_curves(variant: str, column: str) -> np.ndarray:
    """(seeds, epochs) of exercise 1, as far as all seeds trained."""
    curves = read_history(Path(f"metrics/history/shared_mlp/{variant}.csv"), column)
    return np.stack([curve[: min(map(len, curves))] for curve in curves])


def epochs_apart(a: str, b: str, column: str) -> tuple[int, int]:
    """In how many epochs of exercise 1 every seed of one variant is above every seed of the other, and of how many."""
    first, second = training_curves(a, column), training_curves(b, column)
    epochs = min(first.shape[1], second.shape[1])
    first, second = first[:, :epochs], second[:, :epochs]
    apart = (first.min(axis=0) > second.max(axis=0)) | (first.max(axis=0) < second.min(axis=0))
    return int(apart.sum()), epochs


def draw_training(axes: Axes, curves: Mapping[str, np.ndarray]) -> None:
    """Curves from zero up, (seeds, epochs) by name."""
    seed_lines(axes, np.arange(1, 1 + max(values.shape[1] for values in curves.values())), curves)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def probe_scores(variants: Sequence[str]) -> dict[str, np.ndarray]:
    """Test accuracy of the probes in per cent, (seeds, layers) for each variant."""
    return {variant: 100 * np.array(over_seeds("speech", variant, "test", "probe")) for variant in variants}


@as_png
def layer_probes(variants: Sequence[str]) -> Figure:
    """Exercise 9: how well a linear classifier tells the words apart from each layer's states."""
    probes = probe_scores(variants)
    deepest = probes[variants[-1]].mean(axis=0)
    return of_seeds(
        f"Words told apart by the states: {deepest[0]:.1f}% after the first of {len(deepest)} layers, "
        f"{deepest[-1]:.1f}% after the last",
        "Test accuracy of a logistic regression on the mean of a layer's states",
        "Thick lines: mean over seeds; thin lines: seeds.",
        "layer whose states are read",
        "test accuracy of the probe (%)",
        partial(draw_probes, probes=probes),
    )


def draw_probes(axes: Axes, probes: Mapping[str, np.ndarray]) -> None:
    """Accuracy of the probes over the layers, (seeds, layers) by name."""
    layers = np.arange(1, 1 + max(values.shape[1] for values in probes.values()))
    seed_lines(axes, layers, probes)
    axes.set_xticks(layers)


@as_png
def confusion(exercise: str, variant: str) -> Figure:
    """What was taken for what, summed over the seeds; the diagonal is right."""
    tables = over_seeds(exercise, variant, "test", "confusion")
    labels, counts = tables[0]["labels"], np.sum([table["counts"] for table in tables], axis=0)
    wrong = counts - np.diag(np.diag(counts))
    gold, guess = np.unravel_index(int(wrong.argmax()), wrong.shape)
    others = int((wrong == wrong.max()).sum()) - 1
    ties = f"; {others} more as often" if others else ""
    message = (
        f"{exercise.capitalize()}, {variant}: the commonest mistake is {labels[gold]} taken for {labels[guess]} "
        f"({wrong[gold, guess]} of {counts[gold].sum()}{ties})"
        if wrong.any()
        else f"{exercise.capitalize()}, {variant}: no mistake"
    )
    size = 2.6 + 0.42 * len(labels)
    figure = Figure(figsize=(max(6, size), size))
    bottom, top = titled(figure, message, "Test examples by class and by guess", "Counts, summed over the seeds.")
    axes = figure.subplots()
    figure.subplots_adjust(0.16, bottom + 0.6 / size, 0.98, top)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(counts.shape):
        if counts[row, column]:
            colour = "white" if share[row, column] > 0.5 else BLACK
            axes.text(column, row, f"{counts[row, column]}", ha="center", va="center", color=colour, size=8)
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("guess")
    axes.set_ylabel("class")
    return figure


@as_png
def weights_over_reviews(path: Path) -> Figure:
    """Exercise 5: the learnt weight of every word of some test reviews."""
    reviews = read_json(path)
    lines = [_lines(review["words"]) for review in reviews]
    rows = sum(1 + len(of_review) for of_review in lines)
    figure = Figure(figsize=(LINE + 0.4, 1.1 + 0.27 * rows))
    bottom, top = titled(
        figure,
        "Which words the learnt weighted sum reads",
        "Darker: more of the review's weight, which sums to 1; bold: the heaviest word of a review",
        "Of the first seed. An illustration, not evidence.",
    )
    axes = figure.add_axes((0.01, bottom, 0.98, top - bottom))
    axes.set_axis_off()
    axes.set(xlim=(0, LINE + 0.4), ylim=(rows, 0))
    row = 0.5
    for review, of_review in zip(reviews, lines, strict=True):
        label = "positive" if review["label"] else "negative"
        verdict = f"a {label} review, read as {100 * review['probability']:.0f}% positive"
        axes.text(0.05, row, verdict, color=GREY, va="center")
        weights, heaviest = iter(review["weights"]), max(review["weights"])
        for line in of_review:
            row += 1
            for x, word in line:
                weight = next(weights)
                shade = weight / heaviest
                axes.text(
                    x,
                    row,
                    word,
                    va="center",
                    color="white" if shade > 0.6 else BLACK,
                    weight="bold" if weight == heaviest else "normal",
                    family="DejaVu Sans Mono",
                    bbox={"boxstyle": "square,pad=0.18", "color": _blend(shade), "linewidth": 0},
                )
        row += 1
    return figure


def _lines(words: list[str]) -> list[list[tuple[float, str]]]:
    """Words with their places in inches, broken into lines."""
    lines: list[list[tuple[float, str]]] = [[]]
    x = 0.15
    for word in words:
        width = 0.079 * len(word) + 0.12
        if x + width > LINE and lines[-1]:
            lines.append([])
            x = 0.15
        lines[-1].append((x, word))
        x += width
    return lines


def _blend(shade: float) -> tuple[float, float, float]:
    """White to the first colour of the palette."""
    dark = np.array([0, 0x72, 0xB2]) / 255
    red, green, blue = 1 - shade * (1 - dark)
    return float(red), float(green), float(blue)
