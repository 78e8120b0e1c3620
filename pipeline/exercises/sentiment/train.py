"""Exercise 3: is a film review positive or negative? LSTM against GRU, on the last state, and a linear model.

    python -m pipeline.exercises.sentiment.train {lstm,gru,lstm_forget_0,linear,linear_whole}

All compute in fp32: bf16 has a kernel for the LSTM alone, and the two cells are compared. The forget gate of
`lstm_forget_0` begins half open, that of `lstm` open. `linear` is logistic regression on TF-IDF, over the same tokens
as the networks read; `linear_whole` reads whole reviews.

The experiment is in exercises/reviews, because exercises 4 to 6 change one thing of it each.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.core.files import read_json
from pipeline.exercises.reviews.task import DATA, Reviews, classifier_of_reviews, read_reviews
from pipeline.exercises.sentiment import linear
from pipeline.exercises.sentiment.stage import STAGE, Settings
from pipeline.models.bag_of_words import BagOfWords
from pipeline.models.classifier import Classifier
from pipeline.training.run import main
from pipeline.training.task import Fit, Recipe

WHOLE = 1_000_000  # tokens that no review has


@dataclass(frozen=True, kw_only=True)
class LinearRecipe(Recipe):
    """With the words and pairs that the linear model knows."""

    keys: np.ndarray  # (features,) int64, ascending
    reviews_with: np.ndarray  # (features,) int64, training reviews that have each


def recipe(variant: str, settings: Settings) -> Recipe:
    """The model of a variant."""
    chosen = STAGE.variants[variant]
    if chosen["cell"] is None:
        return linear_recipe(settings.model_copy(update={"max_length": WHOLE}) if chosen["whole"] else settings)
    network = classifier_of_reviews(settings, chosen["cell"], settings.pooling)
    network["arguments"]["forget_bias"] = chosen.get("forget_bias", 1.0)
    return Recipe(settings, Classifier, precision="fp32", **network)


def linear_recipe(settings: Settings) -> LinearRecipe:
    """The model without a recurrent network."""
    vocabulary = read_json(DATA / "vocabulary.json")
    reviews, _, _ = read_reviews(settings.max_length)
    keys, reviews_with = linear.features_of(reviews["train"], len(vocabulary), settings.max_length)
    return LinearRecipe(
        settings,
        BagOfWords,
        arguments={"vocabulary": len(vocabulary), "features": len(keys)},
        description={"max_length": settings.max_length},
        assets={"vocabulary.json": vocabulary},
        precision="fp32",
        keys=keys,
        reviews_with=reviews_with,
    )


class Sentiment(Reviews[Recipe]):
    """One seed of a classifier of reviews, with or without a network."""

    def train(self) -> Fit:
        return self.fit_linear(self.recipe) if isinstance(self.recipe, LinearRecipe) else super().train()

    def fit_linear(self, recipe: LinearRecipe) -> Fit:
        """Fit a model without epochs, on the CPU wherever networks train."""
        model: Any = self.model.cpu()

        def fit() -> float:
            model.set_features(recipe.keys, recipe.reviews_with, of=len(self.reviews["train"]))
            linear.fit(model, self.reviews, self.labels, self.settings.max_length, self.job.seed)
            with self.job.inference():
                return self.scores("train")["loss"]

        return self.fit_at_once(fit, int(self.lengths["train"].sum()))


if __name__ == "__main__":
    main(STAGE, recipe, Sentiment)
