"""Exercise 3: is a film review positive or negative? LSTM against GRU, on the last state.

    python -m pipeline.exercises.sentiment {lstm,gru}

`train_classifier` is the whole experiment; exercise 5 runs it with other ways of pooling the states.
"""

import sys
from functools import partial

import numpy as np
import torch
from sklearn.metrics import confusion_matrix, f1_score
from torch.nn.functional import cross_entropy

from pipeline.corpora.batching import Batch, bucketed, ordered, pad
from pipeline.corpora.store import PREPARED, flat, ragged, read_table
from pipeline.errors import run_stage
from pipeline.files import read_json
from pipeline.models.classifier import Classifier
from pipeline.params import Classification, Params, load
from pipeline.training.loop import Job, fit
from pipeline.training.variant import Outcome, pick, run_variant

DATA = PREPARED / "imdb"
CLASSES = 2


def main() -> None:
    params = load()
    cell = pick(sys.argv, ("lstm", "gru"))
    run_classifier("sentiment", cell, params, params.sentiment, cell, params.sentiment.pooling)


def run_classifier(
    exercise: str, variant: str, params: Params, settings: Classification, cell: str, pooling: str
) -> None:
    """Train and record one variant of the classifier of reviews."""
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
    run_variant(
        exercise,
        variant,
        metric="accuracy",
        params=params,
        corpora=["imdb"],
        train=partial(train_classifier, settings=settings, arguments=arguments),
        description={"class": "Classifier", "arguments": arguments, "max_length": settings.max_length},
        assets={"vocabulary.json": vocabulary},
    )


def train_classifier(job: Job, settings: Classification, arguments: dict) -> Outcome:
    """Train one seed and test it."""
    tables = {split: read_table(DATA / f"{split}.arrow") for split in ("train", "validation", "test")}
    reviews = {split: ragged(table, "tokens") for split, table in tables.items()}
    labels = {split: flat(table, "label").astype(np.int64) for split, table in tables.items()}
    lengths = {split: np.minimum(rows.lengths, settings.max_length) for split, rows in reviews.items()}
    model = Classifier(**arguments).to(job.device)

    def logits_of(split: str, batch: Batch) -> torch.Tensor:
        # A review's end says most about its verdict: cut its start.
        tokens, length = pad(reviews[split], batch, settings.max_length)
        return model(tokens.to(job.device), length.to(job.device))[0].float()

    def loss(batch: Batch) -> tuple[torch.Tensor, int, int]:
        target = torch.from_numpy(labels["train"][batch]).to(job.device)
        summed = cross_entropy(logits_of("train", batch), target, reduction="sum")
        return summed, len(batch), int(lengths["train"][batch].sum())

    def predict(split: str) -> np.ndarray:
        """Logits (examples, classes) in the order of the split."""
        result = np.empty((len(labels[split]), CLASSES), np.float32)
        for batch in ordered(lengths[split], 256):
            result[batch] = logits_of(split, batch).cpu().numpy()
        return result

    def validate() -> dict[str, float]:
        return scores(predict("validation"), labels["validation"])

    fitted = fit(
        model,
        lambda generator: bucketed(lengths["train"], settings.batch_size, generator),
        loss,
        validate,
        settings,
        "accuracy",
        job,
    )
    with torch.inference_mode(), job.autocast():
        logits = predict("test")
    guesses = logits.argmax(1)
    test = {**scores(logits, labels["test"]), "f1": float(f1_score(labels["test"], guesses))}
    test["confusion"] = confusion_matrix(labels["test"], guesses, labels=range(CLASSES)).tolist()
    probability = torch.from_numpy(logits).softmax(1)[:, 1].numpy()
    predictions = {
        "label": labels["test"].astype(np.int8),
        "prediction": guesses.astype(np.int8),
        "probability": probability,
    }
    return Outcome(fitted, model, test, predictions)


def scores(logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Mean cross-entropy (nats) and accuracy."""
    loss = cross_entropy(torch.from_numpy(logits), torch.from_numpy(labels)).item()
    return {"loss": loss, "accuracy": float((logits.argmax(1) == labels).mean())}


if __name__ == "__main__":
    run_stage(main)
