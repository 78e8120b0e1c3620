"""Reviews in, positive or negative out, as exercises 3 to 6 answer: for `rnn` and for served models."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipeline.answering.batches import encoded, in_batches
from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import pad
from pipeline.corpora.prepared.text import repair, tokenise
from pipeline.models.bag_of_words import BagOfWords
from pipeline.models.classifier import Classifier

NETWORKS = {"Classifier": Classifier, "BagOfWords": BagOfWords}
OUTPUTS = {"label": "string", "probability": "double"}  # the probability of being positive


def example(predictions: Path) -> str:
    """A review."""
    return "A quiet film that stays with you long after it ends."


def answer(
    model: Classifier | BagOfWords, description: dict, directory: Path, texts: list[str]
) -> list[dict[str, Any]]:
    """Is each review positive or negative?"""
    rows = encoded([clean(text) for text in texts], "en", read_json(directory / "vocabulary.json"))

    def positive(tokens: Tensor, lengths: Tensor) -> list[float]:
        return model(tokens, lengths)[0].softmax(1)[:, 1].tolist()

    probabilities = in_batches(rows, positive, description["max_length"])
    return [{"label": "positive" if p > 0.5 else "negative", "probability": p} for p in probabilities]


@torch.inference_mode()
def weights(model: Classifier, description: dict, directory: Path, text: str) -> tuple[list[str], np.ndarray]:
    """Which words of a review count, for a model whose pooling has weights.

    Returns:
        The words that the model reads, the last `max_length`, and their weights (words,), which sum to 1.
    """
    rows = encoded([clean(text)], "en", read_json(directory / "vocabulary.json"))
    _, found = model(*pad(rows, np.array([0]), description["max_length"]))  # (1, words)
    return tokenise([clean(text)], "en")[0][-description["max_length"] :], found[0].numpy()


def clean(text: str) -> str:
    """`imdb.clean`, imported only for a text with mark-up, because its module takes a third of a second to import."""
    if "<" not in text:
        return repair(text)
    from pipeline.corpora import imdb

    return imdb.clean(text)
