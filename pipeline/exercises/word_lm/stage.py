"""Exercise 7, the next word in batches: what is set, and what varies."""

from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from pipeline.core.params import Positive, Training
from pipeline.core.stage import Stage

VARIANTS: dict[str, dict[str, Any]] = {
    "ngram": {"network": "ngram"},
    "carried": {"network": "lstm", "carried": True},
    "reset": {"network": "lstm", "carried": False},
}


def _ascending(cutoffs: list[int]) -> list[int]:
    if any(first >= second for first, second in pairwise(cutoffs)):
        raise ValueError("the cutoffs must ascend")
    return cutoffs


class Settings(Training):
    embedding_size: Positive
    hidden_size: Positive
    layers: Positive
    cutoffs: Annotated[list[Positive], AfterValidator(_ascending)] = Field(
        description="of the adaptive softmax; empty: an ordinary softmax"
    )
    lines: Positive = Field(description="of the text in a sequence")
    words: Positive = Field(description="read in an epoch, about; the next one goes on from there")
    order: Annotated[int, Field(ge=2, le=4)] = Field(description="words in the longest n-grams of the baseline")


STAGE = Stage(
    name="word_lm",
    description="Exercise 7: the next word, with the state carried from batch to batch, without, and by n-grams",
    settings=Settings,
    variants=VARIANTS,
    corpora=("shakespeare",),
    metric="nats",
    curve="validation_loss",
)
