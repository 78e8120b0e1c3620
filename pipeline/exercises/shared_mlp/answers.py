"""Images of handwritten digits in, as pixels; the digits out: for `rnn` and for served models."""

from pathlib import Path
from typing import Any

import torch

from pipeline.answering.numbers import numbers, shown
from pipeline.core.errors import PipelineError
from pipeline.models.mlp import MLP

NETWORKS = {"MLP": MLP}
OUTPUTS = {"digit": "long", "probability": "double"}


def example(predictions: Path) -> str:
    """The pixels of a one."""
    return " ".join("255" if 4 <= at // 28 < 24 and at % 28 in (13, 14) else "0" for at in range(28 * 28))


def answer(model: MLP, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """The digit on each image.

    Args:
        texts: pixels, row by row, from 0 (paper) to 255 (ink).

    Raises:
        PipelineError: a text is something else.
    """
    size = description["arguments"]["pixels"]
    images = [numbers(text) for text in texts]
    for text, image in zip(texts, images, strict=True):
        if len(image) != size or not all(0 <= pixel <= 255 for pixel in image):
            raise PipelineError(f"an image is {size} numbers from 0 to 255, {shown(text)} is not")
    probability, digit = model(torch.tensor(images)).softmax(1).max(1)
    return [{"digit": d, "probability": p} for d, p in zip(digit.tolist(), probability.tolist(), strict=True)]
