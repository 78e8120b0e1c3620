"""Exercise 7, the next word in batches: what is set, and what varies."""

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from pipeline.core.params import Positive, Training
from pipeline.core.stage import Stage

VARIANTS = {"carried": {"carried": True}, "reset": {"carried": False}}


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


STAGE = Stage(
    name="word_lm",
    description="Exercise 7: the next word, with the state carried from batch to batch and without",
    settings=Settings,
    variants=VARIANTS,
    corpora=("shakespeare",),
    metric="nats",
    curve="validation_loss",
)
