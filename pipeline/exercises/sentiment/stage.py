"""Exercise 3, sentiment of film reviews: what is set, and what varies."""

from typing import Any

from pipeline.core.stage import Stage
from pipeline.exercises.reviews.settings import Classification
from pipeline.layers.kinds import Pool

VARIANTS: dict[str, dict[str, Any]] = {
    "lstm": {"cell": "lstm"},
    "gru": {"cell": "gru"},
    "lstm_forget_0": {"cell": "lstm", "forget_bias": 0.0},
    "linear": {"cell": None, "whole": False},  # no network: logistic regression on TF-IDF
    "linear_whole": {"cell": None, "whole": True},  # of whole reviews, however long
}


class Settings(Classification):
    pooling: Pool


STAGE = Stage(
    name="sentiment",
    description="Exercise 3: sentiment of reviews by an LSTM, a GRU and a linear model",
    settings=Settings,
    variants=VARIANTS,
    corpora=("imdb",),
    metric="accuracy",
    curve="validation_accuracy",
)
