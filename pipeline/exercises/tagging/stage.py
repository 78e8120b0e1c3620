"""Exercise 10, named entities: what is set, and what varies."""

from pydantic import Field

from pipeline.core.params import BucketedTraining, Positive, Rate, Section, Share
from pipeline.core.stage import Stage
from pipeline.layers.kinds import Cell

# `bi` has twice the recurrent weights of `uni`; `uni_wide` has about as many as `bi`, in one direction.
VARIANTS = {
    "uni": {"bidirectional": False},
    "uni_wide": {"bidirectional": False, "wide": True},
    "bi": {"bidirectional": True},
    "crf": {"bidirectional": True, "crf": True},
}


def wide_units(hidden_size: int) -> int:
    """The hidden size of `uni_wide`: half as many units more."""
    return hidden_size * 3 // 2


class CrfTagging(Section):
    """Where the tagger with characters and a CRF differs."""

    epochs: Positive
    dropout: Share
    vector_rate: Rate = Field(description="share of the learning rate with which word vectors are trained")
    character_size: Positive
    filters: Positive


class Settings(BucketedTraining):
    cell: Cell
    hidden_size: Positive
    layers: Positive
    case_size: Positive
    crf: CrfTagging


STAGE = Stage(
    name="tagging",
    description="Exercise 10: named entities, one direction, two, and two with characters and a CRF",
    settings=Settings,
    variants=VARIANTS,
    corpora=("conll2003", "vectors"),
    metric="f1",
    curve="validation_f1",
    more_seeds=True,
)
