"""Word vectors of the reviews themselves, for exercise 4: word2vec (Mikolov et al. 2013) on the training text.

python -m pipeline.exercises.embeddings.word2vec
"""

from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor
from torch.nn.functional import normalize

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import read_json, write_json
from pipeline.core.params import section
from pipeline.corpora.prepared.columns import vectors as vector_column
from pipeline.corpora.prepared.tables import PREPARED, Ragged, ragged, read_table, write_table
from pipeline.exercises.embeddings.stage import Word2vec
from pipeline.models.skipgram import SkipGram

DATA = PREPARED / "imdb"
VECTORS = Path("models/word2vec/vectors.arrow")
METRICS = Path("metrics/train/word2vec.json")
PROBES = ("terrible", "wonderful", "actor", "she", "1")
NEIGHBOURS = 5
RATE = 1.2  # of all pairs of a word together, for they step at once; 0.033 a pair at window 5 and negative 5


def main() -> None:
    settings = section("embeddings.word2vec", Word2vec)
    vocabulary = read_json(DATA / "vocabulary.json")
    vectors, counts = train(ragged(read_table(DATA / "train.arrow"), "tokens"), len(vocabulary), settings)
    order = counts.argsort(descending=True, stable=True)[: int(counts.count_nonzero())]  # the most frequent first
    words, vectors = [vocabulary[word] for word in order.tolist()], vectors[order]
    write_table(VECTORS, {"word": pa.array(words, pa.string()), "vector": vector_column(vectors.numpy())})
    neighbours = {word: nearest(word, words, vectors) for word in PROBES if word in words}
    edition = read_json(DATA / "meta.json")["edition"]
    found = {"edition": edition, "words": len(words), "size": settings.dimensions, "neighbours": neighbours}
    write_json(METRICS, found)
    print(f"word2vec: {len(words):,} vectors; near 'terrible': {', '.join(neighbours.get('terrible', []))}")


def train(reviews: Ragged, words: int, settings: Word2vec) -> tuple[Tensor, Tensor]:
    """Vectors (words, size) float32, and how often each word occurs (words,) int64.

    Raises:
        PipelineError: the vectors grew beyond all bounds.
    """
    torch.set_num_threads(1)  # the same sums on any number of cores
    text = torch.tensor(reviews.values, dtype=torch.int64)
    review = torch.arange(len(reviews)).repeat_interleave(torch.tensor(reviews.lengths))
    counts = text.bincount(minlength=words)
    generator = torch.Generator().manual_seed(settings.seed)
    model = SkipGram(counts, settings.dimensions, settings.window, settings.negative, generator)
    highest = RATE / (settings.window + 1) / (settings.negative + 1)
    for epoch in range(settings.epochs):
        for done, pairs in model.epoch(text, review):
            model.step(pairs, highest * (1 - (epoch + done) / settings.epochs))
        if not model.vectors.isfinite().all():
            raise PipelineError("word2vec diverged: lower embeddings.word2vec.window and negative in params.yaml")
        print(f"word2vec: epoch {epoch + 1}/{settings.epochs}", flush=True)
    return model.vectors, counts


def nearest(word: str, words: list[str], vectors: Tensor) -> list[str]:
    """The words whose vectors, of (words, size), have the smallest angles with that of this one."""
    unit = normalize(vectors)
    near = (unit @ unit[words.index(word)]).topk(min(NEIGHBOURS + 1, len(words))).indices.tolist()
    return [words[row] for row in near if words[row] != word][:NEIGHBOURS]


if __name__ == "__main__":
    run_stage(main)
