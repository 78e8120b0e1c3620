"""Predictions of a trained model for plain text, from nothing but its directory models/EXERCISE/VARIANT."""

import json
import re
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import spacy
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from pipeline.corpora import imdb
from pipeline.corpora.audio import with_deltas
from pipeline.corpora.batching import pad
from pipeline.corpora.conll2003 import case, normalise
from pipeline.corpora.detokenise import detokenise
from pipeline.corpora.spelling import spell
from pipeline.corpora.store import Ragged
from pipeline.corpora.text import repair, tokenise
from pipeline.corpora.vocabulary import encode
from pipeline.errors import PipelineError
from pipeline.files import read_json
from pipeline.models.classifier import Classifier
from pipeline.models.forecaster import Autoregression, Forecaster, Persistence
from pipeline.models.language_model import LanguageModel, generate
from pipeline.models.mlp import MLP
from pipeline.models.recogniser import Recogniser
from pipeline.models.seq2seq import Seq2Seq
from pipeline.models.tagger import Tagger

CLASSES = {
    "Classifier": Classifier,
    "Seq2Seq": Seq2Seq,
    "MLP": MLP,
    "Forecaster": Forecaster,
    "Persistence": Persistence,
    "Autoregression": Autoregression,
    "Tagger": Tagger,
    "LanguageModel": LanguageModel,
    "Recogniser": Recogniser,
}


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
        translate: `translation`. Images, as their pixels: `digit` and `probability`. Series, as their latest values:
        `next`. Text to go on from: 200 characters more as `text`, or the likeliest next word as `next` and its
        `probability`. Digits: `parity` of their sum and its `probability`. Recordings, as JSON arrays of frames of
        cepstra: `word` and `probability`.
    """
    model, description = load(directory, seed)
    runs: dict[str, Any] = {
        "Classifier": _classify,
        "Tagger": _tag,
        "Seq2Seq": _translate,
        "MLP": _read_digit,
        "Forecaster": _forecast,
        "Persistence": _forecast,
        "Autoregression": _forecast,
        "LanguageModel": _go_on,
        "Recogniser": _recognise,
    }
    run = _add_digits if description["exercise"] == "parity" else runs[description["class"]]
    return run(model, description, directory, texts) if texts else []


def _classify(model: nn.Module, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    vocabulary = read_json(directory / "vocabulary.json")
    batch = _pad(encode(tokenise([imdb.clean(text) for text in texts], "en"), vocabulary), description["max_length"])
    probability = model(*batch)[0].softmax(1)[:, 1].tolist()
    return [{"label": imdb.LABELS[p > 0.5], "probability": p} for p in probability]


def _add_digits(model: nn.Module, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    results = []
    for text in texts:
        if not re.fullmatch("[0-9]+", text.strip()):
            raise PipelineError(f"{text[:50]!r} is not a sequence of digits such as 3141592")
        tokens = torch.tensor([[int(digit) + 1 for digit in text.strip()]])  # 0 is padding
        odd = model(tokens, torch.tensor([tokens.shape[1]]))[0].softmax(1)[0, 1].item()
        results.append({"parity": "odd" if odd > 0.5 else "even", "probability": max(odd, 1 - odd)})
    return results


def _recognise(model: nn.Module, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """Texts are JSON arrays of frames of 13 mel-frequency cepstral coefficients."""
    mean, sd = (np.array(description[key], np.float32) for key in ("mean", "sd"))
    results = []
    for text in texts:
        try:
            cepstra = np.array(json.loads(text), np.float32)
        except (ValueError, TypeError):
            cepstra = np.empty(0, np.float32)
        if cepstra.ndim != 2 or 3 * cepstra.shape[1] != len(mean) or not np.isfinite(cepstra).all():
            raise PipelineError(f"{text[:50]!r} is not a JSON array of frames of {len(mean) // 3} numbers")
        frames = torch.from_numpy((with_deltas(cepstra) - mean) / sd).unsqueeze(0)  # (1, frames, dimensions)
        probability, word = model(frames, torch.tensor([len(cepstra)]))[0].softmax(1)[0].max(0)
        results.append({"word": description["labels"][word], "probability": probability.item()})
    return results


def _tag(model: Tagger, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    number = {word: i for i, word in enumerate(read_json(directory / "vocabulary.json"))}
    unknown = number["<unk>"]
    characters = read_json(directory / "characters.json") if model.spelling is not None else None
    results: list[dict[str, Any]] = []
    tokeniser = spacy.blank("en").tokenizer
    for text in texts:
        words = [token.text for token in tokeniser(repair(text)) if not token.is_space]
        if not words:
            results.append({"words": [], "tags": []})
            continue
        ids = [number.get(normalise(word), number.get(word.lower(), unknown)) for word in words]
        cases = [description["cases"].index(case(word)) for word in words]
        lengths = torch.tensor([len(ids)])
        inputs = [torch.tensor([ids]), torch.tensor([cases]), lengths]
        if characters is not None:
            inputs += [torch.from_numpy(spell(words, characters)), torch.arange(len(words)).unsqueeze(0)]
        (best,) = model.best(model(*inputs), lengths)
        results.append({"words": words, "tags": [description["tags"][i] for i in best]})
    return results


def _translate(model: Seq2Seq, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    source, target = (read_json(directory / f"{side}_vocabulary.json") for side in ("source", "target"))
    tokens = encode(tokenise([repair(text) for text in texts], description["source_language"]), source, source[:4])
    found = model.beam(*_pad(tokens), description["max_length"], description["beam_size"])
    return [{"translation": detokenise([target[i] for i in ids])} for ids in found]


def _go_on(model: Any, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    if description["tokens"] == "words":
        return _next_word(model, directory, texts)
    alphabet = read_json(directory / "characters.json")
    number = {character: i for i, character in enumerate(alphabet)}
    results = []
    for text in texts:
        if not text:
            raise PipelineError("the text to go on from is empty: give at least one character")
        written = generate(model, [number.get(c, 0) for c in text], 0.8, None, torch.Generator().manual_seed(0))
        results.append({"text": "".join(alphabet[i] for i in islice(written, 200))})
    return results


def _next_word(model: LanguageModel, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    vocabulary = read_json(directory / "vocabulary.json")
    specials, end = vocabulary[:3], vocabulary.index("<eos>")
    tokens, lengths = _pad(encode(tokenise([repair(text) for text in texts], "en"), vocabulary, specials))
    tokens = torch.nn.functional.pad(tokens, (1, 0), value=end)  # a line begins after the end of another
    features, _ = model(tokens, lengths + 1)
    probability = model.log_probabilities(features[torch.arange(len(texts)), lengths]).exp()
    best, word = probability[:, len(specials) :].max(1)
    return [
        {"next": vocabulary[len(specials) + w], "probability": p}
        for w, p in zip(word.tolist(), best.tolist(), strict=True)
    ]


def _read_digit(model: nn.Module, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    size = description["arguments"]["pixels"]
    images = [_numbers(text) for text in texts]
    for text, image in zip(texts, images, strict=True):
        if len(image) != size or not all(0 <= pixel <= 255 for pixel in image):
            raise PipelineError(f"an image is {size} numbers from 0 to 255, {_shown(text)} is not")
    probability, digit = model(torch.tensor(images)).softmax(1).max(1)
    return [{"digit": d, "probability": p} for d, p in zip(digit.tolist(), probability.tolist(), strict=True)]


def _forecast(model: Any, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
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
    except (ValueError, TypeError):
        raise PipelineError(f"{_shown(text)} is not numbers divided by spaces, nor a JSON array of numbers") from None
    if not np.isfinite(numbers).all():
        raise PipelineError(f"{_shown(text)} holds a number that is not finite")
    return numbers


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")


def _pad(rows: Any, max_length: int | None = None) -> tuple[Tensor, Tensor]:
    return pad(Ragged(rows.ids, rows.offsets), np.arange(len(rows)), max_length)
