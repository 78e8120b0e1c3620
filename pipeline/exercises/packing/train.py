"""Exercise 6: the same model on the same reviews, batched in four ways. What does each cost?

    python -m pipeline.exercises.packing.train {single,padded,packed,bucketed}

single: one review at a time; gradients add up over a batch, so that the steps are those of the others.
padded: a shuffled batch padded to its longest review; the layers honour the lengths, but compute the padding.
packed: the same batch as a PackedSequence (`pack_padded_sequence`): no step is computed for padding.
bucketed: as padded, with reviews of like length in a batch, so that there is little padding.

On a CPU, packed input falls to a step-wise path without the fused kernel, and bucketing wins. On a GPU cuDNN takes
packed input on its fast path, and what costs is the number of small steps: expect `single` to be the slow one there.
All compute in fp32: bf16 has a kernel for padded input alone. Each seed trains alone, because seeds side by side would
share the processor's caches, and that would change the times (metrics/timing/packing).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import Batch, pad, shuffled
from pipeline.corpora.prepared.pretrained import pretrained
from pipeline.corpora.prepared.tables import PREPARED, Ragged
from pipeline.exercises.packing.stage import STAGE, Settings
from pipeline.exercises.sentiment.train import CLASSES, DATA, Reviews
from pipeline.models.classifier import Classifier
from pipeline.scoring.classification import scores
from pipeline.training.run import main
from pipeline.training.task import Job, Loss, Recipe, Tested


@dataclass(frozen=True, kw_only=True)
class BatchingRecipe(Recipe):
    """With the way of batching, and the vectors that the network begins with."""

    way: str
    vectors: np.ndarray  # (vocabulary, embedding_size) float32


def recipe(variant: str, settings: Settings) -> BatchingRecipe:
    """The network, the same for every variant."""
    vocabulary = read_json(DATA / "vocabulary.json")
    vectors, _ = pretrained(PREPARED / "vectors" / "vectors.arrow", vocabulary)  # with them few reviews are enough
    return BatchingRecipe(
        settings,
        Classifier,
        arguments={
            "vocabulary": len(vocabulary),
            "embedding_size": vectors.shape[1],
            "classes": CLASSES,
            "hidden_size": settings.hidden_size,
            "layers": settings.layers,
            "bidirectional": settings.bidirectional,
            "cell": settings.cell,
            "pooling": settings.pooling,
            "dropout": settings.dropout,
        },
        description={"max_length": settings.max_length},
        assets={"vocabulary.json": vocabulary},
        precision="fp32",
        way=STAGE.variants[variant]["way"],
        vectors=vectors,
    )


class Batched(Reviews[BatchingRecipe]):
    """One seed of a classifier of reviews that are batched in one of the ways."""

    def __init__(self, recipe: BatchingRecipe, job: Job) -> None:
        super().__init__(recipe, job)
        # The rows are in the order of their hashes: the first are a fair sample.
        self.lengths["train"] = self.lengths["train"][: self.settings.reviews]

    def build(self) -> nn.Module:
        return Classifier(**self.recipe.arguments, vectors=self.recipe.vectors)

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        if self.recipe.way == "bucketed":
            return super().batches(generator)
        return shuffled(len(self.lengths["train"]), self.settings.batch_size, generator)

    def loss(self, batch: Batch) -> Loss:
        labels = self.labels["train"]
        summed = summed_loss(
            self.recipe.way, self.model, self.reviews["train"], labels, batch, self.settings.max_length
        )
        return Loss(summed, len(batch), int(self.lengths["train"][batch].sum()))

    def test(self) -> Tested:
        labels = self.labels["test"]
        with self.job.inference():
            logits = self.predict("test")
        padding = padding_share(self.lengths["train"], self.batches(np.random.default_rng([self.job.seed, 1])))
        found = {
            **scores(logits, labels),
            # Steps that are computed for nothing, of all that are computed.
            "padding_share": 0.0 if self.recipe.way in ("single", "packed") else padding,
        }
        return Tested(found, {"label": labels.astype(np.int8), "prediction": logits.argmax(1).astype(np.int8)})


def summed_loss(way: str, model: Classifier, rows: Ragged, labels: np.ndarray, batch: Batch, max_length: int) -> Tensor:
    """The batch's cross-entropy, the same number whichever way it is computed."""
    device = model.output.weight.device
    target = torch.from_numpy(labels[batch]).to(device)
    parts = np.array_split(batch, len(batch)) if way == "single" else [batch]
    padded = [pad(rows, part, max_length) for part in parts]  # tokens (reviews, steps) and lengths (reviews,) of each
    model.recurrent.kernel = "packed" if way == "packed" else "padded"
    logits = torch.cat([model(tokens.to(device), lengths.to(device))[0] for tokens, lengths in padded])
    model.recurrent.kernel = "auto"
    return cross_entropy(logits.float(), target, reduction="sum")


def padding_share(lengths: np.ndarray, batches: list[Batch]) -> float:
    """Which part of the batches, as padded, is padding."""
    computed = sum(len(batch) * int(lengths[batch].max()) for batch in batches)
    return 1 - int(lengths.sum()) / computed


if __name__ == "__main__":
    main(STAGE, recipe, Batched)
