"""Digits in, odd or even out: for `rnn` and for served models."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from pipeline.answering.batches import in_batches
from pipeline.answering.numbers import shown
from pipeline.core.errors import PipelineError
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
    for text in texts:
        if not re.fullmatch("[0-9]+", text.strip()):
            raise PipelineError(f"{shown(text)} is not a sequence of digits such as 3141592")
    digits = [text.strip() for text in texts]
    tokens = np.array([int(digit) + 1 for digit in "".join(digits)])  # 0 is padding
    rows = Ragged.of(tokens, np.array([len(each) for each in digits]))

    def odd(tokens: Tensor, lengths: Tensor) -> list[float]:
        return model(tokens, lengths)[0].softmax(1)[:, 1].tolist()

    return [{"parity": "odd" if p > 0.5 else "even", "probability": max(p, 1 - p)} for p in in_batches(rows, odd)]
