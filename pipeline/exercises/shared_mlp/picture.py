"""A picture of a digit as the pixels that the classifiers of digits were trained on."""

import io

import numpy as np
import torch
from matplotlib.image import imread
from PIL import Image

from pipeline.answering.lines import note
from pipeline.core.errors import PipelineError

SIDE, INK = 28, 20  # pixels of an MNIST image, and of the box into which its digit fits


def pixels(data: bytes, where: str) -> np.ndarray:
    """(784,) float32, 0 to 255, white on black, scaled and centred as MNIST is (LeCun et al. 1998, section III-A).

    Args:
        data: of an image file; 28 x 28 pixels are taken as they are, other sizes fitted.

    Raises:
        PipelineError: it is not an image, or one of a single colour.
    """
    try:
        image = imread(io.BytesIO(data), format="any")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise PipelineError(f"{where} is not an image that can be read: give a PNG file") from None
    grey = image.astype(np.float32) / (255 if image.dtype == np.uint8 else 1)
    if grey.ndim == 3 and grey.shape[2] in (2, 4):
        grey = on_paper(grey[:, :, :-1].mean(axis=2), grey[:, :, -1], where)
    elif grey.ndim == 3:
        grey = grey.mean(axis=2)
    darkest, lightest = grey.min(), grey.max()
    if darkest == lightest:
        raise PipelineError(f"{where} shows nothing: all its pixels are alike")
    grey = (grey - darkest) / (lightest - darkest)
    if np.concatenate([grey[[0, -1]].ravel(), grey[:, [0, -1]].ravel()]).mean() > 0.5:
        grey = 1.0 - grey  # dark ink on light paper
    return 255 * (grey if grey.shape == (SIDE, SIDE) else fitted(grey)).reshape(-1).clip(0, 1)


def on_paper(grey: np.ndarray, opaque: np.ndarray, where: str) -> np.ndarray:
    """A transparent picture on paper: white, unless its ink is light. It is said which."""
    paper = 1.0 if (grey * opaque).sum() <= opaque.sum() / 2 else 0.0
    if opaque.min() < 1:
        note(f"{where}: transparent parts are taken as {'white' if paper else 'black'} paper")
    return grey * opaque + paper * (1.0 - opaque)


def fitted(ink: np.ndarray) -> np.ndarray:
    """The digit scaled into a box of 20 x 20 and placed with its centre of mass in the middle of 28 x 28."""
    rows, columns = (np.flatnonzero((ink > 0.2).any(axis=axis)) for axis in (1, 0))
    digit = torch.from_numpy(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])[None, None]
    size = [max(1, round(INK * side / max(digit.shape[2:]))) for side in digit.shape[2:]]
    digit = torch.nn.functional.interpolate(digit, size, mode="bilinear", antialias=True)[0, 0]
    image = np.zeros((SIDE, SIDE), np.float32)
    at = []
    for axis, side in enumerate(size):
        mass = digit.sum(1 - axis)
        centre = float((mass * (torch.arange(side) + 0.5)).sum() / mass.sum())
        at.append(min(max(round(SIDE / 2 - centre), 0), SIDE - side))
    image[at[0] : at[0] + size[0], at[1] : at[1] + size[1]] = digit.numpy()
    return image
