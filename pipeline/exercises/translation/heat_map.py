"""Draws where the decoder looked while it translated a sentence."""

from pathlib import Path

import torch
from matplotlib.figure import Figure

from pipeline.answering.predict import load
from pipeline.exercises.translation.answers import attention
from pipeline.report.style import as_png, titled


@torch.inference_mode()
def draw(directory: Path, seed: int, text: str) -> bytes:
    """A heat map of the attention weights, as PNG.

    Raises:
        PipelineError: the model has no attention.
    """
    model, description = load(directory, seed)
    return _drawn(*attention(model, description, directory, text), "/".join(directory.parts[-2:]))


@as_png
def _drawn(source, target, weights, name):  # type: ignore[no-untyped-def]
    head = 0.35 + 0.07 * max(map(len, source))  # inches for the slanted source words
    side = 0.25 + 0.08 * max(map(len, target))
    width, height = max(6.0, side + 1.2 + 0.35 * len(source)), 1.3 + head + 0.3 * len(target)
    figure = Figure(figsize=(width, height))
    bottom, top = titled(
        figure,
        "Where the attention looked",
        f"{name}: {' '.join(source)}",
        "Darker: more weight on that source word; each row sums to 1.",
    )
    axes = figure.add_axes(
        (side / width, bottom + 0.1 / height, 1 - (side + 0.9) / width, top - head / height - bottom)
    )
    image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    axes.set_xticks(range(len(source)), source, rotation=55, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(target)), target)
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    box = axes.get_position()
    scale = figure.colorbar(image, cax=figure.add_axes((1 - 0.75 / width, box.y0, 0.12 / width, box.height)))
    scale.outline.set_visible(False)
    return figure
