"""Exercise 6: the same model on the same reviews, batched in four ways. What does each cost?

    python -m pipeline.exercises.packing.train {single,padded,packed,bucketed,last}

single: one review at a time; gradients add up over a batch, so that the steps are those of the others.
padded: a shuffled batch padded to its longest review; the layers honour the lengths, but compute the padding.
packed: the same batch as a PackedSequence (`pack_padded_sequence`): no step is computed for padding.
bucketed: as padded, with reviews of like length in a batch, so that there is little padding.

On a CPU, packed input falls to a step-wise path without the fused kernel, and bucketing wins. On a GPU cuDNN takes
packed input on its fast path, and what costs is the number of small steps: expect `single` to be the slow one there.
All compute in fp32: bf16 has a kernel for padded input alone. Each seed trains alone, because seeds side by side would
share the processor's caches, and that would change the times (metrics/timing/packing).

What if the layers do not honour the lengths? `padded` and `last`, which classifies the last state, are tested that way
as well: the network runs on through the padding, and the last column is read, or the mean over all columns.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import Batch, ordered, pad, shuffled
from pipeline.corpora.prepared.pretrained import pretrained
from pipeline.corpora.prepared.tables import PREPARED, Ragged
from pipeline.exercises.packing.stage import STAGE, Settings
from pipeline.exercises.reviews.task import CLASSES, DATA, Reviews
from pipeline.models.classifier import Classifier
from pipeline.scoring.classification import scores
from pipeline.training.run import main
from pipeline.training.task import Job, Loss, Recipe, Tested

FEW = 500  # reviews that are enough to see which epoch is best, and what padding spoils
PADDING = (10, 20, 40, 80, 160)  # columns that follow a review


@dataclass(frozen=True, kw_only=True)
class BatchingRecipe(Recipe):
    """With the way of batching, and the vectors that the network begins with."""

    way: str
    misread: bool  # whether it is also tested as if the lengths were not known
    vectors: np.ndarray  # (vocabulary, embedding_size) float32


def recipe(variant: str, settings: Settings) -> BatchingRecipe:
    """The network, the same for every way of batching."""
    chosen = STAGE.variants[variant]
    if variant == "last":
        settings = settings.model_copy(update={**settings.last.model_dump(), "pooling": chosen["pooling"]})
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
        way=chosen["way"],
        misread=variant in ("padded", "last"),
        vectors=vectors,
    )


class Batched(Reviews[BatchingRecipe]):
    """One seed of a classifier of reviews that are batched in one of the ways."""

    def __init__(self, recipe: BatchingRecipe, job: Job) -> None:
        super().__init__(recipe, job)
        # The rows are in the order of their hashes: the first are a fair sample.
        self.lengths["train"] = self.lengths["train"][: self.settings.reviews]
        self.reviews["validation"] = first(self.reviews["validation"], FEW)
        self.labels["validation"] = self.labels["validation"][:FEW]

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
        found: dict[str, Any] = {
            **scores(logits, labels),
            # Steps that are computed for nothing, of all that are computed.
            "padding_share": 0.0 if self.recipe.way in ("single", "packed") else padding,
        }
        if self.recipe.misread:
            with self.job.inference():
                found["misread"] = misread(self.model, self.reviews["test"], labels, self.settings, self.job.seed)
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


def misread(model: Classifier, rows: Ragged, labels: np.ndarray, settings: Settings, seed: int) -> dict[str, Any]:
    """What becomes of the answers if the network takes padding for a part of the review.

    It then runs on to the last column. The last state is that of the last column, and a mean is over all columns.

    Args:
        rows, labels: the test split, of which the first `FEW` reviews are read.

    Returns:
        reviews: how many are read. right: the accuracy if the lengths are honoured. padding: how many columns follow
        every review; accuracy, and changed, the share of the answers that are not those of before, for each of these.
        batched: the same two for shuffled batches, in which the longest review decides.
    """
    rows, labels = first(rows, FEW), labels[:FEW]
    together = ordered(np.minimum(rows.lengths, settings.max_length), 256)
    mixed = shuffled(len(rows), settings.batch_size, np.random.default_rng([seed, 2]))

    def answers(batches: list[Batch], padding: int | None) -> np.ndarray:
        """With so many columns after every review; None: with those that its batch has."""
        found = np.empty(len(rows), np.int64)
        for batch in batches:
            tokens, lengths = pad(rows, batch, settings.max_length)
            tokens = nn.functional.pad(tokens, (0, padding or 0)).to(model.output.weight.device)
            taken = torch.full_like(lengths, tokens.shape[1]) if padding is None else lengths + padding
            found[batch] = model(tokens, taken.to(tokens.device))[0].argmax(1).cpu().numpy()
        return found

    before, batched = answers(together, 0), answers(mixed, None)
    after = [answers(together, padding) for padding in PADDING]
    return {
        "reviews": len(rows),
        "right": float((before == labels).mean()),
        "padding": list(PADDING),
        "accuracy": [float((found == labels).mean()) for found in after],
        "changed": [float((found != before).mean()) for found in after],
        "batched": {"accuracy": float((batched == labels).mean()), "changed": float((batched != before).mean())},
    }


def first(rows: Ragged, count: int) -> Ragged:
    """The first rows, so many of them."""
    return Ragged(rows.values, rows.offsets[: count + 1])


def padding_share(lengths: np.ndarray, batches: list[Batch]) -> float:
    """Which part of the batches, as padded, is padding."""
    computed = sum(len(batch) * int(lengths[batch].max()) for batch in batches)
    return 1 - int(lengths.sum()) / computed


if __name__ == "__main__":
    main(STAGE, recipe, Batched)
