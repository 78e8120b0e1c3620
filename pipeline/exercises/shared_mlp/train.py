"""Exercise 1: what happens when the hidden layers of a network share their weights? Handwritten digits.

    python -m pipeline.exercises.shared_mlp.train {shared,separate,shared_three,separate_three}

By default there are three hidden layers, and between them one `nn.Linear` used twice (`shared`), or two used once each
(`separate`). Read strictly, the sheet asks for a layer that takes the pixels in, and then three hidden layers that are
one `nn.Linear`: `shared_three` and `separate_three` have that one layer more.
"""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from pipeline.corpora.prepared.batching import Batch, shuffled
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, flat, matrix, read_table
from pipeline.exercises.shared_mlp.stage import STAGE, Settings
from pipeline.models.mlp import MLP
from pipeline.scoring.classification import confusion, scores
from pipeline.training.run import main
from pipeline.training.task import Fit, Job, Loss, Recipe, Task, Tested

DATA = PREPARED / "digits"
CLASSES = 10
PROBED = 1000  # training digits, the first ones, on which gradients are compared
BLOCK = 1000  # images that are counted at a time


def recipe(variant: str, settings: Settings) -> Recipe:
    """The network of a variant."""
    pixels, _ = read_split("train")
    mean, sd = moments(pixels)
    chosen = STAGE.variants[variant]
    return Recipe(
        settings,
        MLP,
        arguments={
            "pixels": pixels.shape[1],
            "classes": CLASSES,
            "hidden_size": settings.hidden_size,
            "hidden_layers": settings.hidden_layers + chosen["more_layers"],
            "shared": chosen["shared"],
            "dropout": settings.dropout,
            "mean": mean,
            "sd": sd,
        },
    )


def moments(pixels: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of all pixels, (images, pixels) uint8, without a copy of them in a wider type."""
    blocks = range(0, len(pixels), BLOCK)
    counts = sum(np.bincount(pixels[at : at + BLOCK].reshape(-1), minlength=256) for at in blocks)
    mean = np.average(np.arange(256), weights=counts)
    return float(mean), float(np.average((np.arange(256) - mean) ** 2, weights=counts) ** 0.5)


def read_split(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (images, 784) uint8 and labels (images,) int64."""
    table = read_table(DATA / f"{split}.arrow")
    return matrix(table, "pixels"), flat(table, "label").astype(np.int64)


class Digits(Task[Recipe]):
    """One seed of a network, with its hidden matrices' gradients before and after training."""

    decides = "accuracy"
    model: MLP

    def __init__(self, recipe: Recipe, job: Job) -> None:
        super().__init__(recipe, job)
        self.pixels, self.labels = {}, {}
        for split in SPLITS:
            self.pixels[split], self.labels[split] = read_split(split)
        self.gradients: dict[str, Any] = {}

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        return shuffled(len(self.labels["train"]), self.settings.batch_size, generator)

    def logits_of(self, split: str, batch: Batch | slice = slice(None)) -> Tensor:
        """(batch, 10) float32."""
        images = torch.tensor(self.pixels[split][batch], device=self.job.device)
        return self.model(moved(images) if self.model.training else images)

    def loss(self, batch: Batch) -> Loss:
        target = torch.from_numpy(self.labels["train"][batch]).to(self.job.device)
        summed = cross_entropy(self.logits_of("train", batch), target, reduction="sum")
        return Loss(summed, len(batch), len(batch))

    def predict(self, split: str) -> tuple[dict[str, float], np.ndarray]:
        """Mean cross-entropy (nats) and accuracy, and the predicted digits (images,)."""
        logits = self.logits_of(split).float().cpu().numpy()
        return scores(logits, self.labels[split]), logits.argmax(1)

    def validate(self) -> dict[str, float]:
        return self.predict("validation")[0]

    def train(self) -> Fit:
        probe = [torch.tensor(of["train"][:PROBED], device=self.job.device) for of in (self.pixels, self.labels)]
        self.gradients = {"images": len(probe[0]), "untrained": hidden_gradients(self.model, *probe)}
        fitted = super().train()
        self.gradients["trained"] = hidden_gradients(self.model, *probe)
        return fitted

    def test(self) -> Tested:
        labels = self.labels["test"]
        with self.job.inference():
            found, guesses = self.predict("test")
        more = {
            "confusion": confusion(labels, guesses, [str(digit) for digit in range(CLASSES)]),
            "hidden_gradients": self.gradients,
        }
        return Tested(found | more, {"label": labels.astype(np.int8), "prediction": guesses.astype(np.int8)})


def moved(images: Tensor) -> Tensor:
    """A batch of square images, (batch, pixels), moved by a pixel or none in each direction, all by the same.

    What leaves at one side comes back at the other: nothing, for nearly all of MNIST's images have empty margins.
    """
    side = math.isqrt(images.shape[1])
    rows, columns = torch.randint(-1, 2, (2,)).tolist()
    return images.view(-1, side, side).roll((rows, columns), (1, 2)).flatten(1)


def hidden_gradients(model: MLP, pixels: Tensor, labels: Tensor) -> dict[str, Any]:
    """How much each use of the hidden matrices adds to their gradient, without dropout: do the uses agree?

    Args:
        pixels: (images, pixels).
        labels: (images,).

    Returns:
        `uses`, the norm of each use's part; for a shared matrix also `sum`, the norm of its gradient, the parts' sum.
    """
    by_use = model.eval().gradients_by_use(pixels, lambda logits: cross_entropy(logits, labels))
    norms: dict[str, Any] = {"uses": by_use.flatten(1).norm(dim=1).tolist()}
    return norms | ({"sum": by_use.sum(0).norm().item()} if len(model.hidden) == 1 else {})


if __name__ == "__main__":
    main(STAGE, recipe, Digits)
