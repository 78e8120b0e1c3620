"""Predictions of a trained model for plain text, from nothing but its directory models/EXERCISE/VARIANT."""

from pathlib import Path
from typing import Any

import numpy as np
import spacy
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from pipeline.corpora import imdb
from pipeline.corpora.batching import pad
from pipeline.corpora.conll2003 import case, normalise
from pipeline.corpora.detokenise import detokenise
from pipeline.corpora.store import Ragged
from pipeline.corpora.text import repair, tokenise
from pipeline.corpora.vocabulary import encode
from pipeline.errors import PipelineError
from pipeline.files import read_json
from pipeline.models.classifier import Classifier
from pipeline.models.seq2seq import Seq2Seq
from pipeline.models.tagger import Tagger

CLASSES = {"Classifier": Classifier, "Seq2Seq": Seq2Seq, "Tagger": Tagger}


def load(directory: Path, seed: int) -> tuple[Any, dict[str, Any]]:
    """A trained model in evaluation mode, and its model.json.

    Raises:
        PipelineError: the directory lacks a file, or the weights are not this model's.
    """
    description = read_json(directory / "model.json")
    file = directory / f"seed_{seed}.safetensors"
    try:
        model = CLASSES[description["class"]](**description["arguments"])
        model.load_state_dict(load_file(file))
    except FileNotFoundError:
        raise PipelineError(f"{file} is missing: train it with `dvc repro {directory}`") from None
    except (SafetensorError, RuntimeError, KeyError, TypeError) as error:
        raise PipelineError(f"{directory} does not hold a model of this version ({error}): train it again") from None
    return model.eval(), description


@torch.inference_mode()
def predict(directory: Path, seed: int, texts: list[str]) -> list[dict[str, Any]]:
    """One prediction a text, in their order.

    Returns:
        Reviews: `label` and `probability` (of being positive). Sentences to tag: `words` and `tags`. Sentences to
        translate: `translation`.
    """
    model, description = load(directory, seed)
    run = {"Classifier": _classify, "Tagger": _tag, "Seq2Seq": _translate}[description["class"]]
    return run(model, description, directory, texts) if texts else []


def _classify(model: nn.Module, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    vocabulary = read_json(directory / "vocabulary.json")
    batch = _pad(encode(tokenise([imdb.clean(text) for text in texts], "en"), vocabulary), description["max_length"])
    probability = model(*batch)[0].softmax(1)[:, 1].tolist()
    return [{"label": imdb.LABELS[p > 0.5], "probability": p} for p in probability]


def _tag(model: nn.Module, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    number = {word: i for i, word in enumerate(read_json(directory / "vocabulary.json"))}
    unknown = number["<unk>"]
    results: list[dict[str, Any]] = []
    tokeniser = spacy.blank("en").tokenizer
    for text in texts:
        words = [token.text for token in tokeniser(repair(text)) if not token.is_space]
        if not words:
            results.append({"words": [], "tags": []})
            continue
        ids = [number.get(normalise(word), number.get(word.lower(), unknown)) for word in words]
        cases = [description["cases"].index(case(word)) for word in words]
        logits = model(torch.tensor([ids]), torch.tensor([cases]), torch.tensor([len(ids)]))[0]
        results.append({"words": words, "tags": [description["tags"][i] for i in logits.argmax(1)]})
    return results


def _translate(model: Seq2Seq, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    source, target = (read_json(directory / f"{side}_vocabulary.json") for side in ("source", "target"))
    tokens = encode(tokenise([repair(text) for text in texts], description["source_language"]), source, source[:4])
    found = model.beam(*_pad(tokens), description["max_length"], description["beam_size"])
    return [{"translation": detokenise([target[i] for i in ids])} for ids in found]


def _pad(rows: Any, max_length: int | None = None) -> tuple[Tensor, Tensor]:
    return pad(Ragged(rows.ids, rows.offsets), np.arange(len(rows)), max_length)
