"""Draws where the decoder looked while it translated a sentence."""

import io
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.figure import Figure

from pipeline.answering.predict import load
from pipeline.exercises.translation.answers import attention
from pipeline.report.style import GREY, STYLE

DPI = 200


def draw(directory: Path, seed: int, text: str) -> bytes:
    """A heat map of the attention weights, as PNG.

    Raises:
        PipelineError: the model has no attention.
    """
    model, description = load(directory, seed)
    source, target, weights = attention(model, description, directory, text)
    with matplotlib.style.context(["default", STYLE]):  # not the user's own style
        image = io.BytesIO()
        figure = _heat_map(source, target, weights, "/".join(directory.parts[-2:]))
        figure.savefig(image, format="png", dpi=DPI, metadata={"Software": None})
        return image.getvalue()


def _heat_map(source: list[str], target: list[str], weights: np.ndarray, name: str) -> Figure:
    """Rows are target words, columns source words: weights (target words, source words)."""
    head = 0.35 + 0.07 * max(map(len, source))  # inches for the slanted source words
    side = 0.25 + 0.08 * max(map(len, target))
    width, height = max(6.0, side + 1.2 + 0.35 * len(source)), 1.3 + head + 0.3 * len(target)
    figure = Figure(figsize=(width, height))
    left, top, bottom = 0.12 / width, 1 - 0.71 / height, 0.38 / height
    figure.text(left, 1 - 0.1 / height, "Where the attention looked", size=12, weight="bold", va="top")
    figure.text(left, 1 - 0.39 / height, f"{name}: {' '.join(source)}", size=9, color=GREY, va="top")
    note = "Darker: more weight on that source word; each row sums to 1."
    figure.text(left, 0.08 / height, note, size=7.5, color=GREY, va="bottom")
    axes = figure.add_axes((side / width, bottom, 1 - (side + 0.9) / width, top - head / height - bottom))
    image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    axes.set_xticks(range(len(source)), source, rotation=55, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(target)), target)
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    box = axes.get_position()
    scale = figure.colorbar(image, cax=figure.add_axes((1 - 0.75 / width, box.y0, 0.12 / width, box.height)))
    scale.outline.set_visible(False)  # type: ignore[operator]
    return figure
