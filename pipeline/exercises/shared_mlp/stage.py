"""Exercise 1, hidden layers that share their weights: what is set, and what varies."""

from typing import Annotated

from pydantic import Field

from pipeline.core.params import Positive, Training
from pipeline.core.stage import Stage

# Read strictly, the sheet asks for one layer more: an input layer before the hidden layers that share one matrix.
VARIANTS = {
    "shared": {"shared": True, "more_layers": 0},
    "separate": {"shared": False, "more_layers": 0},
    "shared_three": {"shared": True, "more_layers": 1},
    "separate_three": {"shared": False, "more_layers": 1},
}


class Settings(Training):
    hidden_size: Positive
    hidden_layers: Annotated[int, Field(ge=2)]


STAGE = Stage(
    name="shared_mlp",
    description="Exercise 1: hidden layers that share their weights against layers with their own",
    settings=Settings,
    variants=VARIANTS,
    corpora=("digits",),
    metric="accuracy",
    curve="validation_accuracy",
)
