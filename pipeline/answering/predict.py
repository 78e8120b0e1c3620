"""Predictions of a trained model for plain text, from nothing but its directory models/EXERCISE/VARIANT."""

from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from pipeline.core.errors import PipelineError
from pipeline.core.files import how_to_build, read_json
from pipeline.registry import FOLDER, part


def load(directory: Path, seed: int) -> tuple[Any, dict[str, Any]]:
    """A trained model in evaluation mode, and its model.json.

    Raises:
        PipelineError: the directory lacks a file, or the weights are not this model's.
    """
    description = read_json(directory / "model.json")
    file = directory / f"seed_{seed}.safetensors"
    try:
        model = _answers(description).NETWORKS[description["class"]](**description["arguments"])
        model.load_state_dict(load_file(file))
    except FileNotFoundError:
        raise PipelineError(f"{file} is missing: train it with `{how_to_build(directory)}`") from None
    except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise _foreign(directory, error) from None
    return model.eval(), description


@torch.inference_mode()
def predict(directory: Path, seed: int, texts: list[str]) -> list[dict[str, Any]]:
    """One prediction for each text, in their order: the columns are `OUTPUTS` of the exercise's answers.py.

    Raises:
        PipelineError: see `load`; or a text is not one that this model can answer.
    """
    model, description = load(directory, seed)
    try:
        return _answers(description).answer(model, description, directory, texts) if texts else []
    except (KeyError, IndexError) as error:  # its vocabulary or model.json is another version's: texts raise neither
        raise _foreign(directory, error) from None


def _answers(description: dict[str, Any]) -> ModuleType:
    """The answers.py of the model's exercise; KeyError where there is none."""
    exercise = description["exercise"]
    if not (FOLDER / exercise / "answers.py").is_file():
        raise KeyError(exercise)
    return part(exercise, "answers")


def _foreign(directory: Path, error: Exception) -> PipelineError:
    again = f"train it again with `{how_to_build(directory)}`"
    return PipelineError(f"{directory} does not hold a model of this version ({error}): {again}")
