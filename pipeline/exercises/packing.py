"""Exercise 6: the same model on the same reviews, batched in four ways. What does each cost?

    python -m pipeline.exercises.packing {single,padded,packed,bucketed}

single: one review at a time; gradients add up over a batch, so that the steps are those of the others.
padded: a shuffled batch padded to its longest review; the layers honour the lengths, but compute the padding.
packed: the same batch as a PackedSequence (`pack_padded_sequence`): no step is computed for padding.
bucketed: as padded, with reviews of like length in a batch, so that there is little padding.

On a CPU, packed input falls to a step-wise path without the fused kernel, and bucketing wins. On a GPU cuDNN takes
packed input on its fast path, and what costs is the number of small steps: expect `single` to be the slow one there.
Each seed trains alone, so that none slows another's clock (metrics/timing/packing).
"""

import sys
from functools import partial

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from pipeline.corpora.batching import Batch, bucketed, ordered, pad, shuffled
from pipeline.corpora.pretrained import pretrained
from pipeline.corpora.store import PREPARED, SPLITS, flat, ragged, read_table
from pipeline.errors import run_stage
from pipeline.evaluation.classification import scores
from pipeline.exercises.sentiment import CLASSES
from pipeline.files import read_json
from pipeline.models.classifier import Classifier
from pipeline.params import Packing, load
from pipeline.training.loop import Job, fit
from pipeline.training.variant import Outcome, pick, run_variant

DATA = PREPARED / "imdb"
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
    tables = {split: read_table(DATA / f"{split}.arrow") for split in SPLITS}
    reviews = {split: ragged(table, "tokens") for split, table in tables.items()}
    labels = {split: flat(table, "label").astype(np.int64) for split, table in tables.items()}
    lengths = {split: np.minimum(rows.lengths, settings.max_length) for split, rows in reviews.items()}
    # The rows are in the order of their hashes, so the first ones are a fair sample.
    lengths["train"] = lengths["train"][: settings.reviews]
    model = Classifier(**arguments, vectors=vectors).to(job.device)

    def plan(generator: np.random.Generator) -> list[Batch]:
        if way == "bucketed":
            return bucketed(lengths["train"], settings.batch_size, generator, settings.batch_tokens)
        return shuffled(len(lengths["train"]), settings.batch_size, generator)

    def loss(batch: Batch) -> tuple[torch.Tensor, int, int]:
        summed = summed_loss(way, model, reviews["train"], labels["train"], batch, settings.max_length)
        return summed, len(batch), int(lengths["train"][batch].sum())

    def predict(split: str) -> np.ndarray:
        """Logits (examples, classes) in the order of the split, the quickest way for all four variants."""
        result = np.empty((len(labels[split]), CLASSES), np.float32)
        for batch in ordered(lengths[split], 256):
            tokens, length = pad(reviews[split], batch, settings.max_length)
            result[batch] = model(tokens.to(job.device), length.to(job.device))[0].float().cpu().numpy()
        return result

    fitted = fit(
        model, plan, loss, lambda: scores(predict("validation"), labels["validation"]), settings, "accuracy", job
    )
    with torch.inference_mode(), job.autocast():
        logits = predict("test")
    padding = padding_share(lengths["train"], plan(np.random.default_rng([job.seed, 1])))
    test = {
        **scores(logits, labels["test"]),
        # Steps that are computed for nothing, of all that are computed.
        "padding_share": 0.0 if way in ("single", "packed") else padding,
    }
    predictions = {"label": labels["test"].astype(np.int8), "prediction": logits.argmax(1).astype(np.int8)}
    return Outcome(fitted, model, test, predictions)


if __name__ == "__main__":
    run_stage(main)
