"""A task that trains at once: on which side of zero is a number?"""

import torch
from torch.nn.functional import cross_entropy

from pipeline.core.params import Training
from pipeline.training.task import Loss, Recipe, Task, Tested

SETTINGS = Training(epochs=2, patience=2, batch_size=4, learning_rate=0.1, weight_decay=0.0, clip_norm=1.0, dropout=0.0)
RECIPE = Recipe(SETTINGS, torch.nn.Linear, {"in_features": 1, "out_features": 2})
INPUTS = torch.linspace(-1, 1, 8)[:, None]
LABELS = (INPUTS[:, 0] > 0).long()


class Line(Task):
    """Logistic regression."""

    decides = "accuracy"

    def batches(self, generator):
        return [generator.permutation(8)]

    def loss(self, batch):
        return Loss(cross_entropy(self.model(INPUTS[batch]), LABELS[batch], reduction="sum"), len(batch), len(batch))

    def validate(self):
        logits = self.model(INPUTS)
        accuracy = (logits.argmax(1) == LABELS).float().mean().item()
        return {"loss": cross_entropy(logits, LABELS).item(), "accuracy": accuracy}

    def test(self):
        return Tested({"accuracy": 0.5}, {"label": [0, 1]}, extra={"seed": self.job.seed})
