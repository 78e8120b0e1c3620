"""Exercise 9: which word is spoken? One to four bidirectional recurrent layers over cepstra of varying lengths.

    python -m pipeline.exercises.speech.train {layers_1,layers_2,layers_3,layers_4}

What depth buys is measured twice: by the networks' accuracy, and inside each by linear probes (Alain & Bengio 2017),
which tell how well the words can be told apart by a plane through the states of each layer.
"""

import sys
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from pipeline.core.errors import run_stage
from pipeline.core.files import read_json
from pipeline.core.params import Speech, load
from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad_frames
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, Ragged, flat, ragged, read_table
from pipeline.models.recogniser import Recogniser
from pipeline.scoring.classification import confusion, scores
from pipeline.training.loop import Job, fit
from pipeline.training.variant import Outcome, pick, run_variant

DATA = PREPARED / "speech"
LONGEST_MASK = 0.2  # share of a training recording's frames, and of a frame's coefficients, that are hidden at most


def main() -> None:
    params = load()
    variant = pick(sys.argv, ("layers_1", "layers_2", "layers_3", "layers_4"))
    settings = params.speech
    meta = read_json(DATA / "meta.json")
    arguments = {
        "dimensions": meta["dimensions"],
        "classes": len(meta["labels"]),
        "hidden_size": settings.hidden_size,
        "layers": int(variant.removeprefix("layers_")),
        "cell": settings.cell,
        "dropout": settings.dropout,
    }
    run_variant(
        "speech",
        variant,
        metric="accuracy",
        params=params,
        corpora=["speech"],
        train=partial(train_recogniser, settings=settings, arguments=arguments),
        description={"class": "Recogniser", "arguments": arguments}
        | {key: meta[key] for key in ("labels", "mean", "sd")},
        assets={},
    )


def train_recogniser(job: Job, settings: Speech, arguments: dict) -> Outcome:
    """Train one seed, test it, and probe its layers."""
    tables = {split: read_table(DATA / f"{split}.arrow") for split in SPLITS}
    labels = {split: flat(table, "label").astype(np.int64) for split, table in tables.items()}
    dimensions, classes = arguments["dimensions"], arguments["classes"]
    frames = {}
    for split, table in tables.items():
        rows = ragged(table, "features")
        frames[split] = Ragged(rows.values.reshape(-1, dimensions), rows.offsets // dimensions)
    model = Recogniser(**arguments).to(job.device)

    def loss(batch: Batch) -> tuple[torch.Tensor, int, int]:
        features, lengths = pad_frames(frames["train"], batch)
        logits, _ = model(spec_augment(features, lengths).to(job.device), lengths.to(job.device))
        target = torch.from_numpy(labels["train"][batch]).to(job.device)
        return cross_entropy(logits.float(), target, reduction="sum"), len(batch), int(lengths.sum())

    def predict(split: str) -> tuple[np.ndarray, np.ndarray]:
        """Logits (recordings, classes) and mean states (layers, recordings, size), in the order of the split."""
        logits = np.empty((len(labels[split]), classes), np.float32)
        states = np.empty((len(model.layers), len(logits), model.output.in_features), np.float32)
        for batch in ordered(frames[split].lengths, 128):
            scores, means = model(*(tensor.to(job.device) for tensor in pad_frames(frames[split], batch)))
            logits[batch] = scores.float().cpu().numpy()
            states[:, batch] = torch.stack(means).cpu().numpy()
        return logits, states

    def validate() -> dict[str, float]:
        return scores(predict("validation")[0], labels["validation"])

    fitted = fit(
        model,
        lambda generator: bucketed(frames["train"].lengths, settings.batch_size, generator, settings.batch_tokens),
        loss,
        validate,
        settings,
        "loss",  # a recording more or less is a large step in accuracy here
        job,
    )
    with torch.inference_mode(), job.autocast():
        (logits, states), (_, train_states) = predict("test"), predict("train")
    guesses = logits.argmax(1)
    test: dict[str, Any] = scores(logits, labels["test"])
    test["error_rate"] = 1.0 - test["accuracy"]
    test["confusion"] = confusion(labels["test"], guesses, read_json(DATA / "meta.json")["labels"])
    test["probe"] = [
        probe(train, labels["train"], held_out, labels["test"])
        for train, held_out in zip(train_states, states, strict=True)
    ]
    predictions = {
        "label": labels["test"].astype(np.int8),
        "prediction": guesses.astype(np.int8),
        "probability": torch.from_numpy(logits).softmax(1).amax(1).numpy(),
    }
    return Outcome(fitted, model, test, predictions)


def spec_augment(features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Hide a stretch of time and one of coefficients, others in every recording (Park et al. 2019).

    Args:
        features: (batch, steps, dimensions), standardised, so that 0 is the mean and hides best.
        lengths: (batch,) int64.

    Returns:
        A masked copy.
    """
    batch, steps, dimensions = features.shape
    in_time = stretches(lengths, steps, LONGEST_MASK)  # (batch, steps)
    in_frame = stretches(torch.full((batch,), dimensions), dimensions, LONGEST_MASK)  # (batch, dimensions)
    return features.masked_fill(in_time.unsqueeze(2) | in_frame.unsqueeze(1), 0.0)


def stretches(lengths: torch.Tensor, size: int, longest: float) -> torch.Tensor:
    """(batch, size) bool: a stretch of each row within its length, at most the share `longest` of it."""
    width = (torch.rand(len(lengths)) * ((longest * lengths).floor() + 1)).floor()  # 0 and the longest included
    start = (torch.rand(len(lengths)) * (lengths - width + 1)).floor()
    position = torch.arange(size)
    return (position >= start.unsqueeze(1)) & (position < (start + width).unsqueeze(1))


def probe(train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray) -> float:
    """Test accuracy of a linear classifier of states (recordings, size)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    with threadpool_limits(1):  # the same sums on any number of cores
        return float(classifier.fit(train, train_labels).score(test, test_labels))


if __name__ == "__main__":
    run_stage(main)
