"""Recordings, as cepstra, in; the words that were spoken out: for `rnn` and for served models."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipeline.answering.numbers import shown
from pipeline.core.errors import PipelineError
from pipeline.models.recogniser import MeanCepstra, Recogniser

NETWORKS = {"MeanCepstra": MeanCepstra, "Recogniser": Recogniser}
OUTPUTS = {"word": "string", "probability": "double"}
SIX = (
    "[[-444,38,22,-2,-38,0,0,3,13,16,-9,-6,-8],[-263,14,33,-4,-65,-9,-18,-3,2,18,-8,0,-8],"
    "[-308,-20,27,-3,-75,-8,-35,-18,-3,11,-14,-6,-25],[-333,-15,32,-1,-79,-8,-33,-23,3,10,-8,5,-28],"
    "[-426,20,53,12,-56,-13,-36,-39,12,0,-5,7,-32],[-562,27,42,16,-13,-18,-22,-33,1,0,-8,6,-9]]"
)


def example(predictions: Path) -> str:
    """Somebody says "six"."""
    return SIX


def answer(
    model: Recogniser | MeanCepstra, description: dict, directory: Path, texts: list[str]
) -> list[dict[str, Any]]:
    """The word that each recording holds.

    Args:
        texts: JSON arrays of frames of 13 mel-frequency cepstral coefficients.

    Raises:
        PipelineError: a text is something else.
    """
    from pipeline.corpora.audio import with_deltas  # torchaudio and soundfile

    mean, sd = (np.array(description[key], np.float32) for key in ("mean", "sd"))
    results = []
    for text in texts:
        try:
            cepstra = np.array(json.loads(text), np.float32)
        except (ValueError, TypeError):
            cepstra = np.empty(0, np.float32)
        if cepstra.ndim != 2 or 3 * cepstra.shape[1] != len(mean) or not np.isfinite(cepstra).all():
            raise PipelineError(f"{shown(text)} is not a JSON array of frames of {len(mean) // 3} numbers")
        frames = torch.from_numpy((with_deltas(cepstra) - mean) / sd).unsqueeze(0)  # (1, frames, dimensions)
        probability, word = model(frames, torch.tensor([len(cepstra)]))[0].softmax(1)[0].max(0)
        results.append({"word": description["labels"][word], "probability": probability.item()})
    return results
