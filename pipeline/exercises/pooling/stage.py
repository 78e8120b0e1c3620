"""Exercise 5, all the states instead of the last: what is set, and what varies."""

from pipeline.core.stage import Stage
from pipeline.exercises.sentiment.stage import Classification
from pipeline.layers.kinds import Cell

VARIANTS = {name: {"pooling": name} for name in ("last", "mean", "sum", "max", "attention")}


class Settings(Classification):
    cell: Cell


STAGE = Stage(
    name="pooling",
    description="Exercise 5: last state against mean, sum, maximum and learnt weighted sum of all",
    settings=Settings,
    variants=VARIANTS,
    corpora=("imdb",),
    metric="accuracy",
    curve="validation_accuracy",
    extra="attention",
    more_seeds=True,
)
