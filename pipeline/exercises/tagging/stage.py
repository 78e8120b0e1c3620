"""Exercise 10, named entities: what is set, and what varies."""

from typing import Any

from pydantic import Field

from pipeline.core.params import BucketedTraining, Positive, Rate, Section
from pipeline.core.stage import Stage
from pipeline.layers.kinds import Cell

# `bi` has twice the recurrent weights of `uni`; `uni_wide` has about as many as `bi`, in one direction.
VARIANTS: dict[str, dict[str, Any]] = {
    "commonest": {"network": "commonest"},
    "linear": {"network": "linear", "characters": True},
    "uni": {"network": "recurrent", "bidirectional": False},
    "uni_wide": {"network": "recurrent", "bidirectional": False, "wide": True},
    "bi": {"network": "recurrent", "bidirectional": True},
    "bi_characters": {"network": "recurrent", "bidirectional": True, "characters": True},
    "bi_crf": {"network": "recurrent", "bidirectional": True, "crf": True},
    "bi_characters_crf": {"network": "recurrent", "bidirectional": True, "characters": True, "crf": True},
}


def wide_units(hidden_size: int) -> int:
    """The hidden size of `uni_wide`: half as many units more."""
    return hidden_size * 3 // 2


class Linear(Section):
    """The linear model."""

    passes: Positive = Field(description="over the training split")
    penalty: Rate = Field(description="of the squared weights")
    buckets: Positive = Field(description="for the hashes of beginnings and ends of words")


class Settings(BucketedTraining):
    cell: Cell
    hidden_size: Positive
    layers: Positive
    case_size: Positive
    vector_rate: Rate = Field(description="share of the learning rate with which word vectors are trained")
    character_size: Positive
    filters: Positive
    linear: Linear


STAGE = Stage(
    name="tagging",
    description="Exercise 10: named entities, one direction and two, with characters and a CRF, and without recurrence",
    settings=Settings,
    variants=VARIANTS,
    corpora=("conll2003", "vectors"),
    metric="f1",
    curve="validation_f1",
    more_seeds=True,
)
