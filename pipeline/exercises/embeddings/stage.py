"""Exercise 4, an embedding layer: what is set, and what varies."""

from typing import Self

from pydantic import Field, model_validator

from pipeline.core.params import Positive, Rate, Section, Seed
from pipeline.core.stage import Stage
from pipeline.exercises.reviews.settings import Classification
from pipeline.layers.kinds import Cell

STARTS = ("random", "word2vec", "glove")
VARIANTS = {
    f"{start}_{training}": {"start": start, "training": training}
    for start in STARTS
    for training in ("trained", "frozen")
} | {f"glove_{training}": {"start": "glove", "training": training} for training in ("gradual", "longer")}


class Own(Section):
    """What some variants have of their own."""

    epochs: Positive
    learning_rate: Rate


class Word2vec(Section):
    dimensions: Positive
    window: Positive
    negative: Positive
    epochs: Positive
    seed: Seed


class Settings(Classification):
    cell: Cell
    frozen: Own = Field(description="of the variants whose vectors are never trained")
    longer: Own = Field(description="of `gradual`, whose first epochs are frozen, and of `longer`, which is its equal")
    word2vec: Word2vec = Field(description="of the vectors that the reviews themselves give")

    @property
    def frozen_epochs(self) -> int:
        """For how long `gradual` is frozen: then its vectors train for as many epochs as those of `trained`."""
        return self.longer.epochs - self.epochs

    @model_validator(mode="after")
    def _thaws(self) -> Self:
        if self.frozen_epochs < 1:
            raise ValueError("longer.epochs must be more than epochs: by so many glove_gradual is frozen")
        return self


STAGE = Stage(
    name="embeddings",
    description="Exercise 4: random, word2vec or GloVe vectors, trained or frozen",
    settings=Settings,
    variants=VARIANTS,
    corpora=("imdb", "vectors"),
    metric="accuracy",
    curve="validation_accuracy",
    reads=("models/word2vec",),
)
