"""Exercise 5, all the states instead of the last: what is set, and what varies."""

from pydantic import Field

from pipeline.core.params import Positive, Rate, Section
from pipeline.core.stage import Stage
from pipeline.exercises.reviews.settings import Classification
from pipeline.layers.kinds import Cell

VARIANTS = {name: {"pooling": name, "recurrent": True} for name in ("last", "mean", "sum", "max", "attention")} | {
    "no_recurrence": {"pooling": "mean", "recurrent": False}  # of the words' vectors themselves
}


class Own(Section):
    """What a variant has of its own."""

    epochs: Positive
    batch_size: Positive
    learning_rate: Rate


class Settings(Classification):
    cell: Cell
    last: Own = Field(description="it learns more slowly: every word but the last has a long path to the answer")
    no_recurrence: Own


STAGE = Stage(
    name="pooling",
    description="Exercise 5: last state against mean, sum, maximum and learnt weighted sum of all, and no recurrence",
    settings=Settings,
    variants=VARIANTS,
    corpora=("imdb",),
    metric="accuracy",
    curve="validation_accuracy",
    extra="attention",
    more_seeds=True,
)
