"""Exercise 0, the sheet's own example: is the sum of a sequence of digits odd?

    python -m pipeline.exercises.parity.train {rnn,gru,lstm,bilstm}

Parity is a regular language: an automaton with two states decides it at any length. A network that has learnt the
automaton from at most ten digits, and not merely its training examples, is right at 500 digits too.
"""

import sys
from functools import partial

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from pipeline.core.errors import run_stage
from pipeline.core.params import Parity, load
from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad
from pipeline.corpora.prepared.tables import PREPARED, Ragged, flat, ragged, read_table
from pipeline.models.classifier import Classifier
from pipeline.training.loop import Job, fit
from pipeline.training.variant import Outcome, pick, run_variant

DATA = PREPARED / "parity"
VARIANTS = {  # `bilstm` is the sheet's network
    "rnn": {"cell": "rnn", "layers": 1, "bidirectional": False},
    "gru": {"cell": "gru", "layers": 1, "bidirectional": False},
    "lstm": {"cell": "lstm", "layers": 1, "bidirectional": False},
    "bilstm": {"cell": "lstm", "layers": 2, "bidirectional": True},
}
TESTS = (10, 40, 100, 500)  # digits: at most 10, and exactly the others
SHORT = 2  # digits at most in the first epochs


def main() -> None:
    params = load()
    variant = pick(sys.argv, tuple(VARIANTS))
    settings = params.parity
    arguments = {
        "vocabulary": 11,  # padding and ten digits
        "classes": 2,
        "embedding_size": settings.embedding_size,
        "hidden_size": settings.hidden_size,
        **VARIANTS[variant],
        "pooling": "last",
        "dropout": settings.dropout,
    }
    run_variant(
        "parity",
        variant,
        metric="accuracy_10",
        params=params,
        corpora=["parity"],
        train=partial(train_parity, settings=settings, arguments=arguments),
        description={"class": "Classifier", "arguments": arguments},
        assets={},
    )


def train_parity(job: Job, settings: Parity, arguments: dict) -> Outcome:
    """Train one seed on sequences of 1 to 10 digits and test it on those and on longer ones."""
    splits = ("train", "validation", *(f"test_{length}" for length in TESTS))
    tables = {split: read_table(DATA / f"{split}.arrow") for split in splits}
    labels = {split: flat(table, "label").astype(np.int64) for split, table in tables.items()}
    digits = {split: ragged(table, "digits") for split, table in tables.items()}
    tokens = {split: Ragged(rows.values + 1, rows.offsets) for split, rows in digits.items()}  # 0 is padding
    lengths = tokens["train"].lengths
    model = Classifier(**arguments).to(job.device)

    def logits_of(split: str, batch: Batch) -> torch.Tensor:
        padded, length = pad(tokens[split], batch)
        return model(padded.to(job.device), length.to(job.device))[0].float()

    def loss(batch: Batch) -> tuple[torch.Tensor, int, int]:
        target = torch.from_numpy(labels["train"][batch]).to(job.device)
        summed = cross_entropy(logits_of("train", batch), target, reduction="sum")
        return summed, len(batch), int(lengths[batch].sum())

    def evaluate(split: str) -> tuple[float, np.ndarray]:
        """Mean cross-entropy, and the predicted classes in the order of the split."""
        logits = torch.empty(len(labels[split]), 2)
        for batch in ordered(tokens[split].lengths, 250):
            logits[batch] = logits_of(split, batch).cpu()
        return cross_entropy(logits, torch.from_numpy(labels[split])).item(), logits.argmax(1).numpy()

    def validate() -> dict[str, float]:
        mean, guesses = evaluate("validation")
        return {"loss": mean, "accuracy": float((guesses == labels["validation"]).mean())}

    longest = SHORT

    def begin_epoch(epoch: int) -> None:
        """Short sequences first, a curriculum (Bengio et al. 2009)."""
        nonlocal longest
        longest = max(SHORT, epoch)

    def batches(generator: np.random.Generator) -> list[Batch]:
        few = np.flatnonzero(lengths <= max(longest, lengths.min()))
        drawn = generator.choice(few, settings.epoch_size)  # the shortest are rare, and come often
        return [drawn[batch] for batch in bucketed(lengths[drawn], settings.batch_size, generator)]

    fitted = fit(
        model,
        batches,
        loss,
        validate,
        settings,
        "loss",  # accuracy is soon 1: the loss still tells which epoch's states are the most distinct
        job,
        begin_epoch,
    )
    test: dict[str, float] = {}
    guesses = {}
    with torch.inference_mode(), job.autocast():
        for length in TESTS:
            split = f"test_{length}"
            mean, guesses[length] = evaluate(split)
            test[f"accuracy_{length}"] = float((guesses[length] == labels[split]).mean())
            test[f"loss_{length}"] = mean
    predictions = {
        "length": np.repeat(np.array(TESTS, np.int32), [len(guesses[length]) for length in TESTS]),
        "label": np.concatenate([labels[f"test_{length}"] for length in TESTS]).astype(np.int8),
        "prediction": np.concatenate([guesses[length] for length in TESTS]).astype(np.int8),
    }
    return Outcome(fitted, model, test, predictions)


if __name__ == "__main__":
    run_stage(main)
