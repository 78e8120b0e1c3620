"""Exercise 6, padding and packing against the clock: what is set, and what varies."""

from pydantic import Field

from pipeline.core.params import BucketedTraining, Positive
from pipeline.core.stage import Stage
from pipeline.layers.kinds import Cell, Pool

VARIANTS = {way: {"way": way} for way in ("single", "padded", "packed", "bucketed")}


class Settings(BucketedTraining):
    hidden_size: Positive
    layers: Positive
    bidirectional: bool
    max_length: Positive
    cell: Cell
    pooling: Pool
    reviews: Positive = Field(description="train on so many: one at a time is slow")


STAGE = Stage(
    name="packing",
    description="Exercise 6: one review at a time, padded, packed, bucketed",
    settings=Settings,
    variants=VARIANTS,
    corpora=("imdb", "vectors"),
    metric="accuracy",
    curve="validation_accuracy",
    timed=True,
)
