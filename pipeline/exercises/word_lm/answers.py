"""Lines in, their most likely next words out: for `rnn` and for served models."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pipeline.answering.batches import encoded, in_batches
from pipeline.core.files import read_json
from pipeline.corpora.prepared.specials import EOS, OF_LINES
from pipeline.corpora.prepared.text import repair
from pipeline.models.language_model import LanguageModel
from pipeline.models.ngram import NGram

NETWORKS = {"LanguageModel": LanguageModel, "NGram": NGram}
OUTPUTS = {"next": "string", "probability": "double"}
SPECIALS = len(OF_LINES)  # the first ids are no words


def example(predictions: Path) -> str:
    """The beginning of a line."""
    return "Shall I compare thee to a summer's"


def answer(model: LanguageModel | NGram, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """The most likely word after each line."""
    vocabulary = read_json(directory / "vocabulary.json")
    end = vocabulary.index(EOS)

    def likeliest(tokens: Tensor, lengths: Tensor) -> list[tuple[float, int]]:
        tokens = nn.functional.pad(tokens, (1, 0), value=end)  # a line begins after the end of another
        features, _ = model(tokens, lengths + 1)
        probability = model.log_probabilities(features[torch.arange(len(tokens)), lengths]).exp()
        best, word = probability[:, SPECIALS:].max(1)
        return list(zip(best.tolist(), word.tolist(), strict=True))

    found = in_batches(encoded([repair(text) for text in texts], "en", vocabulary, SPECIALS), likeliest)
    return [{"next": vocabulary[SPECIALS + word], "probability": p} for p, word in found]
