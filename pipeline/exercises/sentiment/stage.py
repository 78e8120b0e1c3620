"""Exercise 3, sentiment of film reviews: what is set, and what varies."""

from pipeline.core.params import BucketedTraining, Positive
from pipeline.core.stage import Stage
from pipeline.layers.kinds import Pool

VARIANTS = {  # `lstm_fp32` shows what bf16 costs, where `precision` means that
    "lstm": {"cell": "lstm"},
    "gru": {"cell": "gru"},
    "lstm_fp32": {"cell": "lstm", "precision": "fp32"},
}


class Classification(BucketedTraining):
    """What every classifier of reviews has."""

    embedding_size: Positive
    hidden_size: Positive
    layers: Positive
    bidirectional: bool
    max_length: Positive


class Settings(Classification):
    pooling: Pool


STAGE = Stage(
    name="sentiment",
    description="Exercise 3: sentiment of reviews by the last state",
    settings=Settings,
    variants=VARIANTS,
    corpora=("imdb",),
    metric="accuracy",
    curve="validation_accuracy",
)
