"""Exercise 4, an embedding layer: what is set, and what varies."""

from pydantic import Field

from pipeline.core.params import Positive, Section, Seed
from pipeline.core.stage import Stage
from pipeline.exercises.sentiment.stage import Classification
from pipeline.layers.kinds import Cell

STARTS = ("random", "word2vec", "glove")
VARIANTS = {
    f"{start}_{training}": {"start": start, "training": training}
    for start in STARTS
    for training in ("trained", "frozen")
} | {"glove_gradual": {"start": "glove", "training": "gradual"}}


class Word2vec(Section):
    dimensions: Positive
    window: Positive
    negative: Positive
    epochs: Positive
    seed: Seed


class Settings(Classification):
    cell: Cell
    frozen_epochs: Positive = Field(description="of the gradual variant")
    word2vec: Word2vec = Field(description="of the vectors that the reviews themselves give")


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
