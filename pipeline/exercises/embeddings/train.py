"""Exercise 4: where should the word vectors come from, and should training change them?

    python -m pipeline.exercises.embeddings.train {random,word2vec,glove}_{trained,frozen} | glove_{gradual,longer}

The experiment is exercise 3's over the mean of the states, with layers/embedding.py filled in three ways. `trained`
vectors learn from the first step; `frozen` ones never do, and that network has epochs and a rate of its own. `gradual`
ones are thawed when the rest of the network has settled (Howard & Ruder 2018, "gradual unfreezing"). They are then
trained for as many epochs as those of `trained`, so in all there are more epochs. `longer` has as many as `gradual`,
and its rates, but vectors that learn from the first step.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import nn

from pipeline.core.files import read_json
from pipeline.corpora.prepared.pretrained import pretrained
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.exercises.embeddings.stage import STAGE, Settings
from pipeline.exercises.reviews.task import DATA, Reviews, classifier_of_reviews
from pipeline.models.classifier import Classifier
from pipeline.training.run import main
from pipeline.training.task import Recipe, Tested

SOURCES = {
    "random": None,
    "word2vec": Path("models/word2vec/vectors.arrow"),
    "glove": PREPARED / "vectors" / "vectors.arrow",
}


@dataclass(frozen=True, kw_only=True)
class EmbeddingRecipe(Recipe):
    """With the vectors that the network begins with."""

    vectors: np.ndarray | None  # (vocabulary, embedding_size) float32; None: random ones
    frozen_epochs: int  # for so many epochs they stay as they are


def recipe(variant: str, settings: Settings) -> EmbeddingRecipe:
    """The network of a variant."""
    start, training = (STAGE.variants[variant][key] for key in ("start", "training"))
    path, vectors = SOURCES[start], None
    if path is not None:
        vectors, _ = pretrained(path, read_json(DATA / "vocabulary.json"))
        # As wide as random ones, N(0, 1): Adam steps alike whatever the scale, so that small ones would move further.
        vectors /= vectors[1:].std()
        settings = settings.model_copy(update={"embedding_size": vectors.shape[1]})
    own = {"frozen": settings.frozen, "gradual": settings.longer, "longer": settings.longer}.get(training)
    frozen_epochs = {"frozen": settings.frozen.epochs, "gradual": settings.frozen_epochs}.get(training, 0)
    return EmbeddingRecipe(
        settings.model_copy(update=own.model_dump() if own else {}),
        Classifier,
        corpora=("imdb", "vectors") if start == "glove" else ("imdb",),
        vectors=vectors,
        frozen_epochs=frozen_epochs,
        **classifier_of_reviews(settings, settings.cell, "mean"),
    )


class Embedded(Reviews[EmbeddingRecipe]):
    """One seed of a classifier of reviews whose vectors are given, and may be frozen."""

    def build(self) -> nn.Module:
        return Classifier(**self.recipe.arguments, vectors=self.recipe.vectors)

    def begin_epoch(self, epoch: int) -> None:
        self.model.embedding.freeze(epoch <= self.recipe.frozen_epochs)

    def test(self) -> Tested:
        """The scores, and how many parameters learn at the end."""
        tested = super().test()
        self.model.embedding.freeze(self.recipe.frozen_epochs >= self.settings.epochs)
        learning = sum(p.numel() for p in self.model.parameters() if p.requires_grad)
        return replace(tested, scores={**tested.scores, "trainable_parameters": learning})


if __name__ == "__main__":
    main(STAGE, recipe, Embedded)
