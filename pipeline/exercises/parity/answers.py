"""Digits in, odd or even out: for `rnn` and for served models."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipeline.answering.batches import in_batches
from pipeline.answering.numbers import shown
from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared.batching import pad
from pipeline.corpora.prepared.tables import Ragged
from pipeline.models.classifier import Classifier

NETWORKS = {"Classifier": Classifier}
OUTPUTS = {"parity": "string", "probability": "double"}  # the probability of the answer


def example(predictions: Path) -> str:
    """A sequence of digits."""
    return "3141592"


def answer(model: Classifier, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """Is the sum of each sequence of digits odd?

    Raises:
        PipelineError: a text is not a sequence of digits.
    """
    rows = digits(texts)

    def odd(tokens: Tensor, lengths: Tensor) -> list[float]:
        return model(tokens, lengths)[0].softmax(1)[:, 1].tolist()

    return [{"parity": "odd" if p > 0.5 else "even", "probability": max(p, 1 - p)} for p in in_batches(rows, odd)]


@torch.inference_mode()
def states(model: Classifier, text: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a network of one layer and one direction holds after each digit.

    Returns:
        states (digits, hidden); how much each unit speaks for odd (hidden,), in logits; and the probability of odd
        (digits,) that the network would give if the sequence ended there.

    Raises:
        PipelineError: the text is not a sequence of digits.
    """
    tokens, lengths = pad(digits([text]), np.array([0]))
    found, _ = model.states(model.embedding(tokens), lengths)  # (1, digits, hidden)
    speaks = model.output.weight[1] - model.output.weight[0]
    return found[0].numpy(), speaks.numpy(), model.output(found[0]).softmax(1)[:, 1].numpy()


def digits(texts: list[str]) -> Ragged:
    """Sequences of digits as tokens.

    Raises:
        PipelineError: a text is none.
    """
    for text in texts:
        if not re.fullmatch("[0-9]+", text.strip()):
            raise PipelineError(f"{shown(text)} is not a sequence of digits such as 3141592")
    found = [text.strip() for text in texts]
    tokens = np.array([int(digit) + 1 for digit in "".join(found)])  # 0 is padding
    return Ragged.of(tokens, np.array([len(each) for each in found]))
