"""A language model of Shakespeare's characters: what is set, and what varies."""

from pydantic import Field

from pipeline.core.params import Positive, Training
from pipeline.core.stage import Stage

VARIANTS = {
    f"t{window}_h{hidden}": {"window": window, "hidden_size": hidden} for hidden in (128, 256) for window in (16, 128)
}


class Settings(Training):
    batch_size: Positive = Field(description="characters in an update, of all streams together")
    embedding_size: Positive
    layers: Positive
    characters: Positive = Field(description="read in an epoch; the next one goes on from there")


STAGE = Stage(
    name="char_lm",
    description="Language model of characters: lengths of windows and hidden sizes",
    settings=Settings,
    variants=VARIANTS,
    corpora=("shakespeare",),
    metric="nats",
    curve="validation_loss",
    extra="samples",
)
