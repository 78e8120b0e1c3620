"""Exercise 4: where should the word vectors come from, and should training change them?

    python -m pipeline.exercises.embeddings.train {random,word2vec,glove}_{trained,frozen} | glove_gradual

The experiment is exercise 3's over the mean of the states, with layers/embedding.py filled in three ways. `trained`
vectors learn from the first step, `frozen` ones never; `gradual` ones are thawed after `frozen_epochs`, when the rest
of the network has settled (Howard & Ruder 2018, "gradual unfreezing").
"""

import hashlib
import sys
from functools import partial
from pathlib import Path

from pipeline.core.errors import run_stage
from pipeline.core.files import read_json
from pipeline.core.params import Embeddings, load
from pipeline.corpora.prepared.pretrained import pretrained
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.exercises.sentiment.train import run_classifier, train_classifier
from pipeline.models.classifier import Classifier
from pipeline.training.loop import Job
from pipeline.training.variant import Outcome, pick

SOURCES = {
    "random": None,
    "word2vec": Path("models/word2vec/vectors.arrow"),
    "glove": PREPARED / "vectors" / "vectors.arrow",
}


class Settings(Embeddings):
    """With which vectors it began: training is continued from a checkpoint only where they are the same."""

    vectors: str | None


VARIANTS = (*(f"{source}_{training}" for source in SOURCES for training in ("trained", "frozen")), "glove_gradual")


def main() -> None:
    params = load()
    variant = pick(sys.argv, VARIANTS)
    source, training = variant.split("_")
    settings = params.embeddings
    path = SOURCES[source]
    vectors, digest = None, None
    if path is not None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        vectors, _ = pretrained(path, read_json(PREPARED / "imdb" / "vocabulary.json"))
        # As wide as random ones, N(0, 1): Adam steps alike whatever the scale, so that small ones would move further.
        vectors /= vectors[1:].std()
        settings = settings.model_copy(update={"embedding_size": vectors.shape[1]})
    params = params.model_copy(update={"embeddings": Settings(**settings.model_dump(), vectors=digest)})
    frozen = {"trained": 0, "gradual": settings.frozen_epochs, "frozen": settings.epochs}[training]
    train = partial(train_counted, vectors=vectors, frozen_epochs=frozen)
    corpora = ["imdb", "vectors"] if source == "glove" else ["imdb"]
    run_classifier("embeddings", variant, params, settings, settings.cell, "mean", train, corpora)


def train_counted(job: Job, **arguments) -> Outcome:
    """Train one seed, and count the parameters that learn at the end."""
    outcome = train_classifier(job, **arguments)
    assert isinstance(outcome.model, Classifier)
    outcome.model.embedding.freeze(arguments["frozen_epochs"] >= arguments["settings"].epochs)
    outcome.test["trainable_parameters"] = sum(p.numel() for p in outcome.model.parameters() if p.requires_grad)
    return outcome


if __name__ == "__main__":
    run_stage(main)
