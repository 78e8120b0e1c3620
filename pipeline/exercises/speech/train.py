"""Exercise 9: which word is spoken? Stacks of bidirectional recurrent layers over cepstra of varying lengths.

    python -m pipeline.exercises.speech.train {mean_cepstra,layers_1,layers_2,layers_3,layers_4}

What depth buys is measured twice: by the networks' accuracy, and inside each by linear probes (Alain & Bengio 2017),
which tell how well the words can be told apart by a plane through the states of each layer. What recurrence buys is
told by `mean_cepstra`, a logistic regression that knows nothing of the order of the frames.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad_frames
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, Ragged, flat, ragged, read_table
from pipeline.exercises.speech.linear import logistic_regression
from pipeline.exercises.speech.stage import PENALTY, STAGE, Settings
from pipeline.models.recogniser import MeanCepstra, Recogniser, moments
from pipeline.scoring.classification import confusion, scores
from pipeline.training.run import main
from pipeline.training.task import Fit, Job, Loss, Recipe, Task, Tested

DATA = PREPARED / "speech"
LONGEST_MASK = 0.2  # share of a training recording's frames, and of a frame's coefficients, that are hidden at most


def recipe(variant: str, settings: Settings) -> Recipe:
    """The network of a variant."""
    meta = read_json(DATA / "meta.json")
    layers = STAGE.variants[variant]["layers"]
    description = {key: meta[key] for key in ("labels", "mean", "sd")}
    arguments = {"dimensions": meta["dimensions"], "classes": len(meta["labels"])}
    if layers == 0:
        return Recipe(settings, MeanCepstra, arguments, description, precision="fp32")
    arguments |= {key: getattr(settings, key) for key in ("hidden_size", "cell", "dropout")} | {"layers": layers}
    return Recipe(settings, Recogniser, arguments, description)


class Speech(Task[Recipe]):
    """One seed of a recogniser."""

    model: Recogniser | MeanCepstra

    def __init__(self, recipe: Recipe, job: Job) -> None:
        super().__init__(recipe, job)
        tables = {split: read_table(DATA / f"{split}.arrow") for split in SPLITS}
        self.labels = {split: flat(table, "label").astype(np.int64) for split, table in tables.items()}
        self.snr = flat(tables["test"], "snr")  # dB
        dimensions = recipe.arguments["dimensions"]
        self.frames = {}
        for split, table in tables.items():
            rows = ragged(table, "features")
            self.frames[split] = Ragged(rows.values.reshape(-1, dimensions), rows.offsets // dimensions)

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        return bucketed(self.frames["train"].lengths, self.settings.batch_size, generator, self.settings.batch_tokens)

    def loss(self, batch: Batch) -> Loss:
        features, lengths = pad_frames(self.frames["train"], batch)
        logits, _ = self.model(spec_augment(features, lengths).to(self.job.device), lengths.to(self.job.device))
        target = torch.from_numpy(self.labels["train"][batch]).to(self.job.device)
        return Loss(cross_entropy(logits.float(), target, reduction="sum"), len(batch), int(lengths.sum()))

    def validate(self) -> dict[str, float]:  # a recording more or less is a large step in accuracy: the loss decides
        return scores(self.predict("validation")[0], self.labels["validation"])

    def train(self) -> Fit:
        if isinstance(self.model, Recogniser):
            return super().train()
        return self.fit_at_once(self.fit_mean_cepstra, len(self.frames["train"].values))

    def fit_mean_cepstra(self) -> float:
        """Fit the logistic regression; returns its mean cross-entropy in training."""
        rows = self.frames["train"]
        features, lengths = pad_frames(Ragged(rows.values.astype(np.float64), rows.offsets), np.arange(len(rows)))
        linear = logistic_regression(
            moments(features, lengths), torch.from_numpy(self.labels["train"]), self.model.output.out_features, PENALTY
        )
        self.model.output.load_state_dict(linear.state_dict())
        return scores(self.predict("train")[0], self.labels["train"])["loss"]

    def predict(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        """Logits (recordings, classes) and mean states (layers, recordings, size), in the order of the split."""
        model, frames = self.model, self.frames[split]
        logits = np.empty((len(frames), model.output.out_features), np.float32)
        states = np.empty((len(model.layers), len(frames), model.output.in_features), np.float32)
        for batch in ordered(frames.lengths, 128):
            scored, means = model(*(tensor.to(self.job.device) for tensor in pad_frames(frames, batch)))
            logits[batch] = scored.detach().float().cpu().numpy()
            for layer, mean in enumerate(means):
                states[layer, batch] = mean.cpu().numpy()
        return logits, states

    def test(self) -> Tested:
        labels = self.labels["test"]
        with self.job.inference():
            (logits, states), (_, train_states) = self.predict("test"), self.predict("train")
        guesses = logits.argmax(1)
        found: dict[str, Any] = scores(logits, labels)
        found["error_rate"] = 1.0 - found["accuracy"]
        found["snr"] = {  # dB
            "clean" if np.isinf(snr) else f"{snr:g}": float((guesses == labels)[self.snr == snr].mean())
            for snr in sorted(set(self.snr.tolist()), reverse=True)
        }
        found["confusion"] = confusion(labels, guesses, self.recipe.description["labels"])
        found["probe"] = [
            probe(train, self.labels["train"], held_out, labels)
            for train, held_out in zip(train_states, states, strict=True)
        ]
        predictions = {
            "label": labels.astype(np.int8),
            "prediction": guesses.astype(np.int8),
            "snr": self.snr,
            "probability": torch.from_numpy(logits).softmax(1).amax(1).numpy(),
        }
        return Tested(found, predictions)


def spec_augment(features: Tensor, lengths: Tensor) -> Tensor:
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


def stretches(lengths: Tensor, size: int, longest: float) -> Tensor:
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

    # In float64 and to the minimum: in float32 the kernels that numpy picks for the processor can change a guess.
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=1 / PENALTY, tol=1e-10, max_iter=10_000))
    with threadpool_limits(1):  # the same sums on any number of cores
        classifier.fit(train.astype(np.float64), train_labels)
        return float(classifier.score(test.astype(np.float64), test_labels))


if __name__ == "__main__":
    main(STAGE, recipe, Speech)
