"""Predictions for numbers that are written as text: digits to add, series, images, recordings. See `predict`."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.answering.texts import in_batches
from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared.tables import Ragged
from pipeline.corpora.prepared.text import ends_of


def add_digits(model: nn.Module, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """Sequences of digits: is their sum odd?"""
    for text in texts:
        if not re.fullmatch("[0-9]+", text.strip()):
            raise PipelineError(f"{_shown(text)} is not a sequence of digits such as 3141592")
    digits = [text.strip() for text in texts]
    tokens = np.array([int(digit) + 1 for digit in "".join(digits)])  # 0 is padding
    rows = Ragged(tokens, ends_of(np.array([len(each) for each in digits])))

    def odd(tokens: Tensor, lengths: Tensor) -> list[float]:
        return model(tokens, lengths)[0].softmax(1)[:, 1].tolist()

    return [{"parity": "odd" if p > 0.5 else "even", "probability": max(p, 1 - p)} for p in in_batches(rows, odd)]


def recognise(model: nn.Module, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """Recordings, as JSON arrays of frames of 13 mel-frequency cepstral coefficients."""
    from pipeline.corpora.audio import with_deltas  # torchaudio and soundfile

    mean, sd = (np.array(description[key], np.float32) for key in ("mean", "sd"))
    results = []
    for text in texts:
        try:
            cepstra = np.array(json.loads(text), np.float32)
        except (ValueError, TypeError):
            cepstra = np.empty(0, np.float32)
        if cepstra.ndim != 2 or 3 * cepstra.shape[1] != len(mean) or not np.isfinite(cepstra).all():
            raise PipelineError(f"{_shown(text)} is not a JSON array of frames of {len(mean) // 3} numbers")
        frames = torch.from_numpy((with_deltas(cepstra) - mean) / sd).unsqueeze(0)  # (1, frames, dimensions)
        probability, word = model(frames, torch.tensor([len(cepstra)]))[0].softmax(1)[0].max(0)
        results.append({"word": description["labels"][word], "probability": probability.item()})
    return results


def read_digit(model: nn.Module, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """Images of handwritten digits, as their pixels, row by row."""
    size = description["arguments"]["pixels"]
    images = [_numbers(text) for text in texts]
    for text, image in zip(texts, images, strict=True):
        if len(image) != size or not all(0 <= pixel <= 255 for pixel in image):
            raise PipelineError(f"an image is {size} numbers from 0 to 255, {_shown(text)} is not")
    probability, digit = model(torch.tensor(images)).softmax(1).max(1)
    return [{"digit": d, "probability": p} for d, p in zip(digit.tolist(), probability.tolist(), strict=True)]


def forecast(model: Any, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """Series, as their latest values: the next one."""
    least = description["arguments"].get("lags", 1)
    results = []
    for text in texts:
        values = _numbers(text)[-description["window"] :]
        if len(values) < least or min(values) < 0:
            raise PipelineError(f"a forecast needs at least {least} values, none below 0, {_shown(text)} has not")
        results.append({"next": model.forecast(torch.tensor([values], dtype=torch.double)).item()})
    return results


def _numbers(text: str) -> list[float]:
    """Numbers divided by spaces, or a JSON array of them."""
    try:
        numbers = [float(number) for number in json.loads(text)] if "[" in text else [float(n) for n in text.split()]
    except (ValueError, TypeError, RecursionError):
        raise PipelineError(f"{_shown(text)} is not numbers divided by spaces, nor a JSON array of numbers") from None
    if not np.isfinite(numbers).all():
        raise PipelineError(f"{_shown(text)} holds a number that is not finite")
    return numbers


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
