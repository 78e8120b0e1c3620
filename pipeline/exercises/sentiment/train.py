"""Exercise 3: is a film review positive or negative? LSTM against GRU, on the last state.

    python -m pipeline.exercises.sentiment.train {lstm,gru,lstm_fp32}

`lstm_fp32` is `lstm` in fp32, whatever `precision` says: where that means bf16, it shows what bf16 costs.

`train_classifier` is the whole experiment; exercise 4 runs it with other embeddings, exercise 5 with other ways of
pooling the states.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from pipeline.core.errors import run_stage
from pipeline.core.files import read_json
from pipeline.core.params import Classification, Params, load
from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, Ragged, flat, ragged, read_table
from pipeline.models.classifier import Classifier
from pipeline.scoring.classification import confusion, scores
from pipeline.training.loop import Job, fit
from pipeline.training.variant import Outcome, pick, run_variant

DATA = PREPARED / "imdb"
CLASSES = 2
SHOWN, SHORT = 6, 30  # reviews whose pooling weights are kept, and their words, about


def main() -> None:
    params = load()
    variant = pick(sys.argv, ("lstm", "gru", "lstm_fp32"))
    cell = variant.removesuffix("_fp32")
    precision = "fp32" if variant != cell else None
    settings = params.sentiment
    run_classifier("sentiment", variant, params, settings, cell, settings.pooling, precision=precision)


def run_classifier(
    exercise: str,
    variant: str,
    params: Params,
    settings: Classification,
    cell: str,
    pooling: str,
    train: Callable[..., Outcome] | None = None,
    corpora: Sequence[str] = ("imdb",),
    extra: Path | None = None,
    precision: str | None = None,
) -> None:
    """Train and record one variant of the classifier of reviews; `train` defaults to `train_classifier`."""
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
        corpora=corpora,
        train=partial(train or train_classifier, settings=settings, arguments=arguments),
        description={"class": "Classifier", "arguments": arguments, "max_length": settings.max_length},
        assets={"vocabulary.json": vocabulary},
        extra=extra,
        precision=precision,
    )


def train_classifier(
    job: Job, settings: Classification, arguments: dict, vectors: np.ndarray | None = None, frozen_epochs: int = 0
) -> Outcome:
    """Train one seed and test it.

    Args:
        vectors: (vocabulary, embedding_size) float32 to begin with; None: random ones.
        frozen_epochs: for so many epochs they stay as they are.
    """
    reviews, labels, lengths = read_reviews(settings.max_length)
    model = Classifier(**arguments, vectors=vectors).to(job.device)

    def loss(batch: Batch) -> tuple[torch.Tensor, int, int]:
        target = torch.from_numpy(labels["train"][batch]).to(job.device)
        logits = logits_of(model, reviews["train"], batch, settings.max_length)
        return cross_entropy(logits, target, reduction="sum"), len(batch), int(lengths["train"][batch].sum())

    def validate() -> dict[str, float]:
        return scores(predict(model, reviews["validation"], settings.max_length), labels["validation"])

    fitted = fit(
        model,
        lambda generator: bucketed(lengths["train"], settings.batch_size, generator, settings.batch_tokens),
        loss,
        validate,
        settings,
        "accuracy",
        job,
        begin_epoch=lambda epoch: model.embedding.freeze(epoch <= frozen_epochs),
    )
    with torch.inference_mode(), job.autocast():
        logits = predict(model, reviews["test"], settings.max_length)
    guesses = logits.argmax(1)
    found = confusion(labels["test"], guesses, read_json(DATA / "meta.json")["labels"])
    (_, false_positive), (false_negative, right) = found["counts"]
    f1 = 2 * right / max(2 * right + false_positive + false_negative, 1)  # of the positive reviews
    test = {**scores(logits, labels["test"]), "f1": f1, "confusion": found}
    probability = torch.from_numpy(logits).softmax(1)[:, 1].numpy()
    predictions = {
        "label": labels["test"].astype(np.int8),
        "prediction": guesses.astype(np.int8),
        "probability": probability,
    }
    return Outcome(fitted, model, test, predictions, extra=weights_of_some(model, reviews["test"], labels["test"], job))


def read_reviews(max_length: int) -> tuple[dict[str, Ragged], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """By split: token ids, labels (reviews,) int64, and how many tokens of each review are read (reviews,)."""
    tables = {split: read_table(DATA / f"{split}.arrow") for split in SPLITS}
    reviews = {split: ragged(table, "tokens") for split, table in tables.items()}
    labels = {split: flat(table, "label").astype(np.int64) for split, table in tables.items()}
    return reviews, labels, {split: np.minimum(rows.lengths, max_length) for split, rows in reviews.items()}


def logits_of(model: Classifier, reviews: Ragged, batch: Batch, max_length: int) -> torch.Tensor:
    """Logits (batch, classes) float32. A review's end says most about its verdict: its start is cut."""
    tokens, lengths = (tensor.to(model.output.weight.device) for tensor in pad(reviews, batch, max_length))
    return model(tokens, lengths)[0].float()


def predict(model: Classifier, reviews: Ragged, max_length: int) -> np.ndarray:
    """Logits (reviews, classes) float32 of a split, in its order."""
    result = np.empty((len(reviews), CLASSES), np.float32)
    for batch in ordered(np.minimum(reviews.lengths, max_length), 256):
        result[batch] = logits_of(model, reviews, batch, max_length).cpu().numpy()
    return result


def weights_of_some(model: Classifier, reviews: Ragged, labels: np.ndarray, job: Job) -> list[dict]:
    """Pooling weights over test reviews of either class that are short enough to show, if the model has any."""
    if not model.pooling.weighs:
        return []
    nearest = np.argsort(np.abs(reviews.lengths - SHORT), kind="stable")
    chosen = [nearest[labels[nearest] == label][: SHOWN // 2] for label in range(CLASSES)]
    vocabulary = read_json(DATA / "vocabulary.json")
    shown = []
    for row in np.concatenate(chosen):
        tokens, length = pad(reviews, np.array([row]))
        with torch.inference_mode(), job.autocast():
            logits, weights = model(tokens.to(job.device), length.to(job.device))
        shown.append(
            {
                "words": [vocabulary[token] for token in reviews[row]],
                "weights": weights[0].cpu().numpy().round(5).astype(float).tolist(),
                "label": int(labels[row]),
                "probability": round(float(logits[0].float().softmax(0)[1]), 4),
            }
        )
    return shown


if __name__ == "__main__":
    run_stage(main)
