"""Exercise 6, padding and packing against the clock: what is set, and what varies."""

from pydantic import Field

from pipeline.core.params import BucketedTraining, Positive, Section
from pipeline.core.stage import Stage
from pipeline.layers.kinds import Cell, Pool

# `last` is not timed against the others: it shows what padding does to a last state.
VARIANTS = {way: {"way": way} for way in ("single", "padded", "packed", "bucketed")} | {
    "last": {"way": "bucketed", "pooling": "last"}
}


class Last(Section):
    """What the variant `last` has of its own: a last state needs more training than `pooling` may."""

    epochs: Positive
    reviews: Positive


class Settings(BucketedTraining):
    hidden_size: Positive
    layers: Positive
    bidirectional: bool
    max_length: Positive
    cell: Cell
    pooling: Pool
    reviews: Positive = Field(description="train on so many: one at a time is slow")
    last: Last


STAGE = Stage(
    name="packing",
    description="Exercise 6: one review at a time, padded, packed, bucketed; a state that padding spoils",
    settings=Settings,
    variants=VARIANTS,
    corpora=("imdb", "vectors"),
    metric="accuracy",
    curve="validation_accuracy",
    timed=True,
)
