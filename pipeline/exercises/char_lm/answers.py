"""A text in, its continuation out, character by character: for `rnn` and for served models."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.models.language_model import LanguageModel, generate
from pipeline.models.ngram import NGram

NETWORKS = {"LanguageModel": LanguageModel, "NGram": NGram}
OUTPUTS = {"text": "string"}
LENGTH, TEMPERATURE = 200, 0.8  # characters that a served model writes, and its temperature


def example(predictions: Path) -> str:
    """A speaker's name, after which a speech follows."""
    return "ROMEO:"


def answer(model: LanguageModel | NGram, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """200 characters that continue each text."""
    alphabet = read_json(directory / "characters.json")
    return [{"text": "".join(islice(write(model, alphabet, text, TEMPERATURE, None, 0), LENGTH))} for text in texts]


def write(
    model: LanguageModel | NGram, alphabet: list[str], seed: str, temperature: float, top_p: float | None, draw: int
) -> Iterator[str]:
    """Characters that continue a seed text, one at a time and without end; see `generate`.

    Args:
        draw: decides what is drawn.

    Raises:
        PipelineError: the seed text is empty.
    """
    if not seed:
        raise PipelineError("the text to continue is empty: give at least one character")
    number = {character: i for i, character in enumerate(alphabet)}
    ids = [number.get(character, 0) for character in seed]
    return (alphabet[i] for i in generate(model, ids, temperature, top_p, torch.Generator().manual_seed(draw)))
