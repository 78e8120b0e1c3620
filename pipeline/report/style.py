"""The look of every figure, as PNG bytes: the same data give the same bytes, the colour-blind tell colours apart.

Colours: Okabe & Ito, "Color Universal Design" (2008).
"""

import io
import math
import textwrap
from collections.abc import Callable
from functools import wraps
from typing import Any

import matplotlib.style
from matplotlib.figure import Figure

BLACK, GREY, PALE = "#222222", "#6E6E6E", "#E4E4E4"
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    BLACK,
)  # and a marker or label of their own
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": BLACK,
    "axes.labelcolor": BLACK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "xtick.color": BLACK,
    "ytick.color": BLACK,
    "figure.dpi": 200,
}


def as_png(draw: Callable[..., Figure]) -> Callable[..., bytes]:
    """Run `draw` in the project's style, whatever the user's own is, and render its figure at 200 dpi."""

    @wraps(draw)
    def render(*arguments: Any) -> bytes:
        with matplotlib.style.context(["default", STYLE]):
            image = io.BytesIO()
            # No name or version of the software, so that the bytes depend on the picture alone.
            draw(*arguments).savefig(image, format="png", metadata={"Software": None})
            return image.getvalue()

    return render


def titled(figure: Figure, message: str, subtitle: str, note: str) -> tuple[float, float]:
    """Write a figure's message, its subtitle and its note; return the bottom and top left for the axes (0 to 1)."""
    width, height = figure.get_size_inches()
    count = math.ceil(len(message) / (9.4 * width))
    lines = textwrap.wrap(message, min(len(message) // count + 10, int(9.4 * width)))  # about equally long
    figure.text(0.12 / width, 1 - 0.1 / height, "\n".join(lines), size=12, weight="bold", va="top", linespacing=1.25)
    top = 0.18 + 0.21 * len(lines)
    figure.text(0.12 / width, 1 - top / height, subtitle, size=9, color=GREY, va="top")
    notes = textwrap.wrap(note, int(17 * width))
    figure.text(0.12 / width, 0.08 / height, "\n".join(notes), size=7.5, color=GREY, va="bottom")
    return (0.14 + 0.14 * len(notes)) / height, 1 - (top + 0.32) / height
