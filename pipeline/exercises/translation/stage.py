"""Exercises 8 and 11, translation with attention: what is set, and what varies."""

from typing import Annotated

from pydantic import Field

from pipeline.core.params import BucketedTraining, Positive, Rate, Section
from pipeline.core.stage import Stage

WELL = 70  # chrF of translations whose attention weights are shown: those of a nonsensical one say nothing
VARIANTS = {name: {"attention": name} for name in ("none", "bahdanau", "luong")}


class NoAttention(Section):
    """Where the translator without attention differs."""

    epochs: Positive
    learning_rate: Rate


class Settings(BucketedTraining):
    embedding_size: Positive
    hidden_size: Annotated[int, Field(gt=0, multiple_of=2, description="half of it for each encoder direction")]
    beam_size: Positive
    max_length: Positive
    none: NoAttention


STAGE = Stage(
    name="translation",
    description="Exercises 8 and 11: translation without attention, with Bahdanau's and with Luong's",
    settings=Settings,
    variants=VARIANTS,
    corpora=("translation",),
    metric="bleu",
    curve="validation_loss",
    extra="attention",
    more_seeds=True,
)
