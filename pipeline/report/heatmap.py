"""Heat maps of attention weights: which source words each word of a translation was read from."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.report.style import as_png, titled
from pipeline.scoring.metrics import AGAIN

WEIGHTS = Path("data/attention/translation")
UNKNOWN = "<unk>"


@as_png
def attention_heatmap(variants: tuple[str, ...]) -> Figure:
    """A sentence that every variant kept, side by side; each row's weights sum to 1."""
    source, by_variant = next(iter(shared_sentences(variants).items()))
    maps = [by_variant[variant] for variant in variants]

    head = 0.25 + 0.07 * max(map(len, source))  # inches for the slanted source words
    height = 1.5 + head + 0.27 * max(len(target) for target, _ in maps)
    figure = Figure(figsize=(10, height))
    bottom, top = titled(
        figure,
        "Where each attention looked while it translated one test sentence",
        f"Source: {' '.join(source)}",
        "Darker: more weight on that source word, each row sums to 1. An illustration, not evidence.",
    )
    panels = figure.subplots(1, len(variants))
    figure.subplots_adjust(0.1, bottom + 0.4 / height, 0.9, top - head / height, wspace=0.42)
    for axes, variant, (target, weights) in zip(panels, variants, maps, strict=True):
        image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
        axes.set_xticks(range(len(source)), source, rotation=55, ha="left", rotation_mode="anchor")
        axes.set_yticks(range(len(target)), target)
        axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
        axes.spines[:].set_visible(False)
        axes.set_xlabel(f"{variant}: highest weight of a row {weights.max(axis=1).mean():.2f} on average", labelpad=8)
    box = panels[-1].get_position()
    scale = figure.colorbar(image, cax=figure.add_axes((0.925, box.y0, 0.013, box.height)))
    scale.set_label("attention weight")
    scale.outline.set_visible(False)
    return figure


def shared_sentences(variants: tuple[str, ...]) -> dict[tuple[str, ...], dict[str, tuple[list[str], np.ndarray]]]:
    """Source words -> variant -> target words and weights (target, source), of the sentences that all variants kept.

    Those without an unknown word come first, else in the order of the file.

    Raises:
        PipelineError: a file is missing, its weights do not fit its words, or no sentence is in all files.
    """
    files = {variant: _sentences(WEIGHTS / f"{variant}.json") for variant in variants}
    shared = [source for source in files[variants[0]] if all(source in kept for kept in files.values())]
    if not shared:
        raise PipelineError(f"{WEIGHTS}: {' and '.join(variants)} kept no sentence in common; {AGAIN}")
    shared.sort(key=lambda source: UNKNOWN in source)  # stable
    return {source: {variant: kept[source] for variant, kept in files.items()} for source in shared}


def _sentences(path: Path) -> dict[tuple[str, ...], tuple[list[str], np.ndarray]]:
    """Source words -> target words and weights (target, source), in the order of the file."""
    found = {}
    for record in read_json(path):
        try:
            source, target, weights = record["source"], record["target"], np.array(record["weights"], np.float64)
        except (KeyError, TypeError, ValueError) as error:
            raise PipelineError(f"{path} is not a list of source, target and weights ({error}); {AGAIN}") from None
        if weights.shape != (len(target), len(source)) or not np.isfinite(weights).all():
            raise PipelineError(f"{path}: weights of shape {weights.shape} do not fit their words; {AGAIN}")
        found[tuple(source)] = (target, weights)
    return found
