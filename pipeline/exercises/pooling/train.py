"""Exercise 5: one state for the whole review. The last one, or the mean, sum, maximum or learnt weighted sum of all?

    python -m pipeline.exercises.pooling.train {last,mean,sum,max,attention,no_recurrence}

The experiment is exercise 3's with one thing changed: how the states become one vector (layers/pooling.py).
`no_recurrence` takes the mean of the words' vectors instead, without a recurrent layer (Iyyer et al. 2015).
"""

from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.corpora.prepared.batching import pad
from pipeline.exercises.pooling.stage import STAGE, Settings
from pipeline.exercises.reviews.task import CLASSES, Reviews, classifier_of_reviews
from pipeline.models.classifier import Classifier
from pipeline.training.run import main
from pipeline.training.task import Recipe, Tested

SHOWN, SHORT = 6, 30  # reviews whose pooling weights are kept, and their words, about


def recipe(variant: str, settings: Settings) -> Recipe:
    """The network of a variant."""
    chosen = STAGE.variants[variant]
    own = getattr(settings, variant, None)
    if own is not None:
        settings = settings.model_copy(update=own.model_dump())
    cell = settings.cell if chosen["recurrent"] else None
    return Recipe(settings, Classifier, **classifier_of_reviews(settings, cell, chosen["pooling"]))


class Pooled(Reviews[Recipe]):
    """One seed of a classifier of reviews, and what its pooling weighs."""

    def test(self) -> Tested:
        return replace(super().test(), extra=self.weights_of_some())

    def weights_of_some(self) -> list[dict[str, Any]]:
        """Pooling weights over test reviews of either class that are short enough to show, if the model has any."""
        if not self.model.pooling.weighs:
            return []
        reviews, labels, words = self.reviews["test"], self.labels["test"], self.recipe.assets["vocabulary.json"]
        nearest = np.argsort(np.abs(reviews.lengths - SHORT), kind="stable")
        chosen = [nearest[labels[nearest] == label][: SHOWN // 2] for label in range(CLASSES)]
        shown = []
        for row in np.concatenate(chosen):
            tokens, length = pad(reviews, np.array([row]))
            with self.job.inference():
                logits, weights = self.model(tokens.to(self.job.device), length.to(self.job.device))
            assert weights is not None  # the pooling weighs
            shown.append(
                {
                    "words": [words[token] for token in reviews[row]],
                    "weights": weights[0].cpu().numpy().round(5).astype(float).tolist(),
                    "label": int(labels[row]),
                    "probability": round(float(logits[0].float().softmax(0)[1]), 4),
                }
            )
        return shown


if __name__ == "__main__":
    main(STAGE, recipe, Pooled)
