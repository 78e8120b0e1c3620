"""Exercise 6: the same model on the same reviews, batched in four ways. What does each cost?

    python -m pipeline.exercises.packing.train {single,padded,packed,bucketed}

single: one review at a time; gradients add up over a batch, so that the steps are those of the others.
padded: a shuffled batch padded to its longest review; the layers honour the lengths, but compute the padding.
packed: the same batch as a PackedSequence (`pack_padded_sequence`): no step is computed for padding.
bucketed: as padded, with reviews of like length in a batch, so that there is little padding.

On a CPU, packed input falls to a step-wise path without the fused kernel, and bucketing wins. On a GPU cuDNN takes
packed input on its fast path, and what costs is the number of small steps: expect `single` to be the slow one there.
All compute in fp32: bf16 has a kernel for padded input alone. Each seed trains alone, so that none slows another's
clock (metrics/timing/packing).
"""

import sys
from functools import partial

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from pipeline.core.errors import run_stage
from pipeline.core.files import read_json
from pipeline.core.params import Packing, load
from pipeline.corpora.prepared.batching import Batch, bucketed, pad, shuffled
from pipeline.corpora.prepared.pretrained import pretrained
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.exercises.sentiment.train import CLASSES, DATA, predict, read_reviews
from pipeline.models.classifier import Classifier
from pipeline.scoring.classification import scores
from pipeline.training.loop import Job, fit
from pipeline.training.variant import Outcome, pick, run_variant

WAYS = ("single", "padded", "packed", "bucketed")


def main() -> None:
    params = load()
    way = pick(sys.argv, WAYS)
    settings = params.packing
    vocabulary = read_json(DATA / "vocabulary.json")
    vectors, _ = pretrained(PREPARED / "vectors" / "vectors.arrow", vocabulary)  # with them few reviews are enough
    arguments = {
        "vocabulary": len(vocabulary),
        "embedding_size": vectors.shape[1],
        "classes": CLASSES,
        "hidden_size": settings.hidden_size,
        "layers": settings.layers,
        "bidirectional": settings.bidirectional,
        "cell": settings.cell,
        "pooling": settings.pooling,
        "dropout": settings.dropout,
    }
    run_variant(
        "packing",
        way,
        metric="accuracy",
        params=params,
        corpora=["imdb", "vectors"],
        train=partial(train, way=way, settings=settings, arguments=arguments, vectors=vectors),
        description={"class": "Classifier", "arguments": arguments, "max_length": settings.max_length},
        assets={"vocabulary.json": vocabulary},
        timed=True,
        precision="fp32",
    )


def summed_loss(way: str, model: Classifier, rows, labels: np.ndarray, batch: Batch, max_length: int) -> torch.Tensor:
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


def train(job: Job, way: str, settings: Packing, arguments: dict, vectors: np.ndarray) -> Outcome:
    """Train one seed and test it."""
    reviews, labels, cut = read_reviews(settings.max_length)
    lengths = cut["train"][: settings.reviews]  # the rows are in the order of their hashes: the first are a fair sample
    model = Classifier(**arguments, vectors=vectors).to(job.device)

    def plan(generator: np.random.Generator) -> list[Batch]:
        if way == "bucketed":
            return bucketed(lengths, settings.batch_size, generator, settings.batch_tokens)
        return shuffled(len(lengths), settings.batch_size, generator)

    def loss(batch: Batch) -> tuple[torch.Tensor, int, int]:
        summed = summed_loss(way, model, reviews["train"], labels["train"], batch, settings.max_length)
        return summed, len(batch), int(lengths[batch].sum())

    def validate() -> dict[str, float]:
        # The quickest way for all four variants.
        return scores(predict(model, reviews["validation"], settings.max_length), labels["validation"])

    fitted = fit(model, plan, loss, validate, settings, "accuracy", job)
    with torch.inference_mode(), job.autocast():
        logits = predict(model, reviews["test"], settings.max_length)
    padding = padding_share(lengths, plan(np.random.default_rng([job.seed, 1])))
    test = {
        **scores(logits, labels["test"]),
        # Steps that are computed for nothing, of all that are computed.
        "padding_share": 0.0 if way in ("single", "packed") else padding,
    }
    predictions = {"label": labels["test"].astype(np.int8), "prediction": logits.argmax(1).astype(np.int8)}
    return Outcome(fitted, model, test, predictions)


if __name__ == "__main__":
    run_stage(main)
