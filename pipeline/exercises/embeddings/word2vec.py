"""Word vectors of the reviews themselves, for exercise 4: word2vec (Mikolov et al. 2013) on the training text.

python -m pipeline.exercises.embeddings.word2vec
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from gensim.models import Word2Vec
from gensim.models.callbacks import CallbackAny2Vec

from pipeline.core.errors import run_stage
from pipeline.core.files import read_json, write_json
from pipeline.core.params import load
from pipeline.corpora.prepared.columns import vectors as vector_column
from pipeline.corpora.prepared.tables import PREPARED, Ragged, ragged, read_table, write_table

DATA = PREPARED / "imdb"
VECTORS = Path("models/word2vec/vectors.arrow")
METRICS = Path("metrics/train/word2vec.json")
PROBES = ("terrible", "wonderful", "actor", "she", "1")


class Progress(CallbackAny2Vec):
    """A line an epoch."""

    def __init__(self, epochs: int) -> None:
        self.epochs, self.epoch = epochs, 0

    def on_epoch_end(self, model: Word2Vec) -> None:
        self.epoch += 1
        print(f"word2vec: epoch {self.epoch}/{self.epochs}", flush=True)


class Reviews:
    """The words of one review after the other; gensim reads them once to count and once an epoch."""

    def __init__(self, rows: Ragged, vocabulary: list[str]) -> None:
        self.rows, self.vocabulary = rows, np.array(vocabulary)

    def __iter__(self) -> Iterator[list[str]]:
        for row in range(len(self.rows)):
            yield self.vocabulary[self.rows[row]].tolist()


def main() -> None:
    settings = load().word2vec
    rows = ragged(read_table(DATA / "train.arrow"), "tokens")
    model = Word2Vec(
        Reviews(rows, read_json(DATA / "vocabulary.json")),
        vector_size=settings.size,
        window=settings.window,
        negative=settings.negative,
        epochs=settings.epochs,
        min_count=1,  # the vocabulary has its own least frequency
        workers=1,  # more would race, and the vectors differ from run to run
        seed=settings.seed,
        callbacks=[Progress(settings.epochs)],
    )
    words = model.wv.index_to_key  # the most frequent first
    write_table(VECTORS, {"word": pa.array(words, pa.string()), "vector": vector_column(model.wv.vectors)})
    known = [word for word in PROBES if word in model.wv]
    neighbours = {word: [near for near, _ in model.wv.most_similar(word, topn=5)] for word in known}
    edition = read_json(DATA / "meta.json")["edition"]
    write_json(METRICS, {"edition": edition, "words": len(words), "size": settings.size, "neighbours": neighbours})
    print(f"word2vec: {len(words):,} vectors; near 'terrible': {', '.join(neighbours.get('terrible', []))}")


if __name__ == "__main__":
    run_stage(main)
