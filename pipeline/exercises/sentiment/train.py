"""Exercise 3: is a film review positive or negative? LSTM against GRU, on the last state, and a linear model.

    python -m pipeline.exercises.sentiment.train {lstm,gru,lstm_forget_0,linear,linear_whole}

All compute in fp32: bf16 has a kernel for the LSTM alone, and the two cells are compared. The forget gate of
`lstm_forget_0` begins half open, that of `lstm` open. `linear` is logistic regression on TF-IDF, over the same tokens
as the networks read; `linear_whole` reads whole reviews.

`Reviews` is the whole experiment; exercise 4 runs it with other embeddings, exercise 5 with other ways of pooling the
states.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, Ragged, flat, ragged, read_table
from pipeline.exercises.sentiment import linear
from pipeline.exercises.sentiment.stage import STAGE, Classification, Settings
from pipeline.models.bag_of_words import BagOfWords
from pipeline.models.classifier import Classifier
from pipeline.scoring.classification import confusion, scores
from pipeline.training.run import main
from pipeline.training.task import Fit, Job, Loss, Recipe, Task, Tested

DATA = PREPARED / "imdb"
CLASSES = 2
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


def classifier_of_reviews(settings: Classification, cell: str | None, pooling: str) -> dict[str, Any]:
    """What the recipes of exercises 3 to 5 have in common."""
    vocabulary = read_json(DATA / "vocabulary.json")
    arguments = {
        "vocabulary": len(vocabulary),
        "classes": CLASSES,
        "embedding_size": settings.embedding_size,
        "hidden_size": settings.hidden_size,
        "layers": settings.layers,
        "bidirectional": settings.bidirectional,
        "cell": cell,
        "pooling": pooling,
        "dropout": settings.dropout,
    }
    return {
        "arguments": arguments,
        "description": {"max_length": settings.max_length},
        "assets": {"vocabulary.json": vocabulary},
    }


R = TypeVar("R", bound=Recipe)


class Reviews(Task[R]):
    """One seed of a classifier of reviews."""

    decides = "accuracy"
    model: Classifier

    def __init__(self, recipe: R, job: Job) -> None:
        super().__init__(recipe, job)
        self.reviews, self.labels, self.lengths = read_reviews(self.settings.max_length)

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        return bucketed(self.lengths["train"], self.settings.batch_size, generator, self.settings.batch_tokens)

    def loss(self, batch: Batch) -> Loss:
        target = torch.from_numpy(self.labels["train"][batch]).to(self.job.device)
        logits = logits_of(self.model, self.reviews["train"], batch, self.settings.max_length)
        summed = cross_entropy(logits, target, reduction="sum")
        return Loss(summed, len(batch), int(self.lengths["train"][batch].sum()))

    def validate(self) -> dict[str, float]:
        return self.scores("validation")

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

    def scores(self, split: str) -> dict[str, float]:
        """`loss` and accuracy on a split."""
        return scores(self.predict(split), self.labels[split])

    def predict(self, split: str) -> np.ndarray:
        """Logits (reviews, classes) float32 of a split, in its order."""
        return predict(self.model, self.reviews[split], self.settings.max_length)

    def test(self) -> Tested:
        labels = self.labels["test"]
        with self.job.inference():
            logits = self.predict("test")
        guesses = logits.argmax(1)
        found = confusion(labels, guesses, read_json(DATA / "meta.json")["labels"])
        (_, false_positive), (false_negative, right) = found["counts"]
        f1 = 2 * right / max(2 * right + false_positive + false_negative, 1)  # of the positive reviews
        predictions = {
            "label": labels.astype(np.int8),
            "prediction": guesses.astype(np.int8),
            "probability": torch.from_numpy(logits).softmax(1)[:, 1].numpy(),
            "length": self.reviews["test"].lengths.astype(np.int32),  # in tokens, of the whole review
        }
        return Tested({**scores(logits, labels), "f1": f1, "confusion": found}, predictions)


def read_reviews(max_length: int) -> tuple[dict[str, Ragged], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """By split: token ids, labels (reviews,) int64, and how many tokens of each review are read (reviews,)."""
    tables = {split: read_table(DATA / f"{split}.arrow") for split in SPLITS}
    reviews = {split: ragged(table, "tokens") for split, table in tables.items()}
    labels = {split: flat(table, "label").astype(np.int64) for split, table in tables.items()}
    return reviews, labels, {split: np.minimum(rows.lengths, max_length) for split, rows in reviews.items()}


def logits_of(model: Classifier | BagOfWords, reviews: Ragged, batch: Batch, max_length: int) -> Tensor:
    """Logits (batch, classes) float32. A review's end says most about its verdict: its start is cut."""
    tokens, lengths = (tensor.to(next(model.parameters()).device) for tensor in pad(reviews, batch, max_length))
    return model(tokens, lengths)[0].float()


def predict(model: Classifier | BagOfWords, reviews: Ragged, max_length: int) -> np.ndarray:
    """Logits (reviews, classes) float32 of a split, in its order."""
    result = np.empty((len(reviews), CLASSES), np.float32)
    for batch in ordered(np.minimum(reviews.lengths, max_length), 256):
        result[batch] = logits_of(model, reviews, batch, max_length).cpu().numpy()
    return result


if __name__ == "__main__":
    main(STAGE, recipe, Reviews)
