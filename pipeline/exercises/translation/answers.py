"""Sentences in, their translations out, and where the decoder looked: for `rnn` and for served models."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipeline.answering.batches import in_batches
from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import pad
from pipeline.corpora.prepared.specials import EOS, UNK, UNK_ID
from pipeline.corpora.prepared.tables import Ragged
from pipeline.corpora.prepared.text import repair, tokenise
from pipeline.models.seq2seq import BEGIN, Seq2Seq

NETWORKS = {"Seq2Seq": Seq2Seq}
OUTPUTS = {"translation": "string"}


def example(predictions: Path) -> str:
    """The first source sentence of the test set: the languages differ with the edition."""
    import pyarrow.parquet as pq

    return pq.read_table(predictions, columns=["source"])["source"][0].as_py()


def answer(model: Seq2Seq, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """The translation of each sentence, by beam search, with capitals: the network itself writes none."""
    from pipeline.corpora.prepared.detokenise import detokenise

    target, forms = (read_json(directory / f"target_{kind}.json") for kind in ("vocabulary", "forms"))
    found = in_batches(_sources(description, directory, texts), _searched(model, description))
    words = [[forms.get(target[i], target[i]) for i in ids] for ids in found]
    return [{"translation": capitalised(detokenise(row))} for row in words]


def capitalised(text: str) -> str:
    """With a capital at the beginning of every sentence."""
    return re.sub(r"(?:^|(?<=[.!?] ))[^\w]*\w", lambda start: start.group().upper(), text)


@torch.inference_mode()
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
    from pipeline.corpora.translation import numbered

    vocabulary = read_json(directory / "source_vocabulary.json")
    if vocabulary[UNK_ID] != UNK:
        raise KeyError(UNK)
    return numbered(tokenise([repair(text) for text in texts], description["source_language"]), vocabulary)


def _searched(model: Seq2Seq, description: dict) -> Callable[[Tensor, Tensor], list[list[int]]]:
    return lambda tokens, lengths: model.beam(tokens, lengths, description["max_length"], description["beam_size"])
