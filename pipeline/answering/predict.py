"""Predictions of a trained model for plain text, from nothing but its directory models/EXERCISE/VARIANT."""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from pipeline.answering import numbers as predict_numbers
from pipeline.answering import texts as predict_text
from pipeline.core.errors import PipelineError
from pipeline.core.files import how_to_build, read_json
from pipeline.models.classifier import Classifier
from pipeline.models.forecaster import Autoregression, Forecaster, Persistence
from pipeline.models.language_model import LanguageModel
from pipeline.models.mlp import MLP
from pipeline.models.recogniser import Recogniser
from pipeline.models.seq2seq import Seq2Seq
from pipeline.models.tagger import Tagger

CLASSES = {
    "Classifier": (Classifier, predict_text.classify),
    "Tagger": (Tagger, predict_text.tag),
    "Seq2Seq": (Seq2Seq, predict_text.translate),
    "LanguageModel": (LanguageModel, predict_text.go_on),
    "MLP": (MLP, predict_numbers.read_digit),
    "Forecaster": (Forecaster, predict_numbers.forecast),
    "Persistence": (Persistence, predict_numbers.forecast),
    "Autoregression": (Autoregression, predict_numbers.forecast),
    "Recogniser": (Recogniser, predict_numbers.recognise),
}


def load(directory: Path, seed: int) -> tuple[Any, dict[str, Any]]:
    """A trained model in evaluation mode, and its model.json.

    Raises:
        PipelineError: the directory lacks a file, or the weights are not this model's.
    """
    description = read_json(directory / "model.json")
    file = directory / f"seed_{seed}.safetensors"
    try:
        model = CLASSES[description["class"]][0](**description["arguments"])
        model.load_state_dict(load_file(file))
    except FileNotFoundError:
        raise PipelineError(f"{file} is missing: train it with `{how_to_build(directory)}`") from None
    except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise PipelineError(f"{directory} does not hold a model of this version ({error}): train it again") from None
    return model.eval(), description


@torch.inference_mode()
def predict(directory: Path, seed: int, texts: list[str]) -> list[dict[str, Any]]:
    """One prediction a text, in their order; texts of like lengths are read together.

    Returns:
        Reviews: `label` and `probability` (of being positive). Sentences to tag: `words` and `tags`. Sentences to
        translate: `translation`. Images, as their pixels: `digit` and `probability`. Series, as their latest values:
        `next`. Text to go on from: 200 characters more as `text`, or the likeliest next word as `next` and its
        `probability`. Digits: `parity` of their sum and its `probability`. Recordings, as JSON arrays of frames of
        cepstra: `word` and `probability`.
    """
    model, description = load(directory, seed)
    run: Any = CLASSES[description["class"]][1]
    if description.get("exercise") == "parity":
        run = predict_numbers.add_digits
    try:
        return run(model, description, directory, texts) if texts else []
    except (KeyError, IndexError) as error:  # its vocabulary or model.json is another version's: texts raise neither
        raise PipelineError(f"{directory} does not hold a model of this version ({error}): train it again") from None
