"""A language model of Shakespeare's characters: what is set, and what varies."""

from typing import Annotated, Any

from pydantic import Field

from pipeline.core.params import Positive, Training
from pipeline.core.stage import Stage

VARIANTS: dict[str, dict[str, Any]] = {
    "ngram": {"network": "ngram"},
    **{
        f"t{window}_h{hidden}": {"network": "lstm", "window": window, "hidden_size": hidden}
        for window, hidden in ((16, 128), (64, 128), (64, 256))
    },
}


LONGEST = max(chosen.get("window", 0) for chosen in VARIANTS.values())


class Settings(Training):
    batch_size: Positive = Field(description="streams of text that are read side by side")
    steps: Annotated[int, Field(ge=LONGEST)] = Field(
        description="characters of a stream in an update, a window at least"
    )
    embedding_size: Positive
    layers: Positive
    characters: Positive = Field(description="read in an epoch; the next one goes on from there")
    order: Annotated[int, Field(ge=2, le=9)] = Field(description="characters in the longest n-grams of the baseline")


STAGE = Stage(
    name="char_lm",
    description="Language model of characters: how far back gradients go, sizes of the state, and n-grams",
    settings=Settings,
    variants=VARIANTS,
    corpora=("shakespeare",),
    metric="nats",
    curve="validation_loss",
    extra="samples",
)
