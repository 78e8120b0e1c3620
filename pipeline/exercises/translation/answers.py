"""Sentences in, their translations out, and where the decoder looked: for `rnn` and for served models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipeline.answering.batches import encoded, in_batches
from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import pad
from pipeline.corpora.prepared.specials import EOS, OF_PAIRS
from pipeline.corpora.prepared.tables import Ragged
from pipeline.corpora.prepared.text import repair
from pipeline.models.seq2seq import BEGIN, Seq2Seq

NETWORKS = {"Seq2Seq": Seq2Seq}
OUTPUTS = {"translation": "string"}


def example(predictions: Path) -> str:
    """The first source sentence of the test set: the languages differ with the edition."""
    import pyarrow.parquet as pq

    return pq.read_table(predictions, columns=["source"])["source"][0].as_py()


def answer(model: Seq2Seq, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """The translation of each sentence, by beam search."""
    from pipeline.corpora.prepared.detokenise import detokenise

    target = read_json(directory / "target_vocabulary.json")
    found = in_batches(_sources(description, directory, texts), _searched(model, description))
    return [{"translation": detokenise([target[i] for i in ids])} for ids in found]


def attention(model: Seq2Seq, description: dict, directory: Path, text: str) -> tuple[list[str], list[str], np.ndarray]:
    """Where the decoder looked while it wrote the translation that `answer` gives.

    Returns:
        The source words as the model read them, the target words, with the end mark if it came, and weights (target
        words, source words) whose rows sum to 1.

    Raises:
        PipelineError: the model has no attention.
    """
    if model.attention is None:
        raise PipelineError(f"{directory} has no attention to show: take another --model")
    source, target = (read_json(directory / f"{side}_vocabulary.json") for side in ("source", "target"))
    rows = _sources(description, directory, [text])
    tokens, lengths = pad(rows, np.array([0]))
    (ids,) = _searched(model, description)(tokens, lengths)
    words = [target[i] for i in ids] + [EOS]
    _, weights = model(tokens, lengths, torch.tensor([[BEGIN, *ids]]))  # (1, words, source words)
    shown = words[: description["max_length"]]
    return [source[i] for i in rows[0]], shown, weights[0, : len(shown)].numpy()


def _sources(description: dict, directory: Path, texts: list[str]) -> Ragged:
    vocabulary = read_json(directory / "source_vocabulary.json")
    return encoded([repair(text) for text in texts], description["source_language"], vocabulary, len(OF_PAIRS))


def _searched(model: Seq2Seq, description: dict) -> Callable[[Tensor, Tensor], list[list[int]]]:
    return lambda tokens, lengths: model.beam(tokens, lengths, description["max_length"], description["beam_size"])
