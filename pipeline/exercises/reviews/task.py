"""The experiment of exercises 3 to 6: a network classifies film reviews. Each of them changes one thing of it."""

from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, Ragged, flat, ragged, read_table
from pipeline.exercises.reviews.settings import Classification
from pipeline.models.bag_of_words import BagOfWords
from pipeline.models.classifier import Classifier
from pipeline.scoring.classification import confusion, scores
from pipeline.training.task import Job, Loss, Recipe, Task, Tested

DATA = PREPARED / "imdb"
CLASSES = 2


def classifier_of_reviews(settings: Classification, cell: str | None, pooling: str) -> dict[str, Any]:
    """The arguments, description and assets of a recipe, which exercises 3 to 5 have in common."""
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
