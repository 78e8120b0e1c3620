"""Predictions for texts: reviews, sentences to tag, sentences to translate, lines to go on from. See `predict`.

spaCy, torchtext and the modules that prepare corpora are imported where they are used: each takes its share of a
second, and who asks for one answer waits for it.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import ordered, pad
from pipeline.corpora.prepared.spelling import spell
from pipeline.corpora.prepared.tables import Ragged
from pipeline.corpora.prepared.text import ends_of, repair, tokenise
from pipeline.models.language_model import LanguageModel, generate
from pipeline.models.seq2seq import BEGIN, Seq2Seq
from pipeline.models.tagger import Tagger

BATCH, TOKENS = 128, 32_768  # rows read together, and their tokens at most, padding counted: a line may be a book
SPECIALS = 4  # ids of a translation's vocabularies that are no words


def in_batches(rows: Ragged, run: Callable[[Tensor, Tensor], Sequence], max_length: int | None = None) -> list:
    """What `run` gives for every row, in their order; rows of like lengths are read together.

    Args:
        run: padded ids (batch, steps) and lengths (batch,) -> a result a row.
        max_length: keep only so many ids of a row, its last ones.
    """
    results: list = [None] * len(rows)
    lengths = rows.lengths if max_length is None else np.minimum(rows.lengths, max_length)
    for batch in ordered(lengths, BATCH, TOKENS):
        for row, result in zip(batch, run(*pad(rows, batch, max_length)), strict=True):
            results[row] = result
    return results


def classify(model: nn.Module, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """Film reviews."""
    rows = encoded([clean(text) for text in texts], "en", read_json(directory / "vocabulary.json"))

    def positive(tokens: Tensor, lengths: Tensor) -> list[float]:
        return model(tokens, lengths)[0].softmax(1)[:, 1].tolist()

    probabilities = in_batches(rows, positive, description["max_length"])
    return [{"label": "positive" if p > 0.5 else "negative", "probability": p} for p in probabilities]


def clean(text: str) -> str:
    """`imdb.clean`. Its module takes a third of a second to import: spared where there is no mark-up."""
    if "<" not in text:
        return repair(text)
    from pipeline.corpora import imdb

    return imdb.clean(text)


def tag(model: Tagger, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """Named entities of sentences."""
    import spacy

    from pipeline.corpora.conll2003 import case, normalise

    number = {word: i for i, word in enumerate(read_json(directory / "vocabulary.json"))}
    unknown = number["<unk>"]
    characters = read_json(directory / "characters.json") if model.spelling is not None else None
    tokeniser = spacy.blank("en").tokenizer
    sentences = [[token.text for token in tokeniser(repair(text)) if not token.is_space] for text in texts]
    distinct = {word: i for i, word in enumerate(dict.fromkeys(word for words in sentences for word in words))}
    ids = torch.tensor([number.get(normalise(word), number.get(word.lower(), unknown)) for word in distinct])
    cases = torch.tensor([description["cases"].index(case(word)) for word in distinct])
    spelling = torch.from_numpy(spell(list(distinct), characters)) if characters is not None else None
    places = np.array([distinct[word] for words in sentences for word in words], np.int64)
    rows = Ragged(places, ends_of(np.array([len(words) for words in sentences], np.int64)))
    tags: list[list[str]] = [[] for _ in texts]
    for batch in ordered(rows.lengths, BATCH, TOKENS):
        batch = batch[rows.lengths[batch] > 0]  # where there is no word, there is nothing to read
        if not len(batch):
            continue
        at, lengths = pad(rows, batch)
        inputs = [ids[at], cases[at], lengths]
        if spelling is not None:  # each distinct word is read once
            read, spelt = at.unique(return_inverse=True)
            inputs += [spelling[read], spelt]
        for row, best in zip(batch, model.best(model(*inputs), lengths), strict=True):
            tags[row] = [description["tags"][i] for i in best[: len(sentences[row])]]
    return [{"words": words, "tags": found} for words, found in zip(sentences, tags, strict=True)]


def translate(model: Seq2Seq, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """Sentences, by beam search."""
    from pipeline.corpora.prepared.detokenise import detokenise

    target = read_json(directory / "target_vocabulary.json")
    found = in_batches(_sources(description, directory, texts), _searched(model, description))
    return [{"translation": detokenise([target[i] for i in ids])} for ids in found]


def attention(model: Seq2Seq, description: dict, directory: Path, text: str) -> tuple[list[str], list[str], np.ndarray]:
    """Where the decoder looked while it wrote the translation that `translate` gives.

    Returns:
        The source words as the model read them, the target words, with the end mark if it came, and weights (target
        words, source words) whose rows sum to 1.

    Raises:
        PipelineError: the model has no attention.
    """
    if model.attention is None:
        raise PipelineError(f"{directory} has no attention to show: take another --model")
    source, target = (read_json(directory / f"{side}_vocabulary.json") for side in ("source", "target"))
    rows = _sources(description, directory, [text])
    tokens, lengths = pad(rows, np.array([0]))
    (ids,) = _searched(model, description)(tokens, lengths)
    words = [target[i] for i in ids] + ["<eos>"]
    _, weights = model(tokens, lengths, torch.tensor([[BEGIN, *ids]]))  # (1, words, source words)
    shown = words[: description["max_length"]]
    return [source[i] for i in rows[0]], shown, weights[0, : len(shown)].numpy()


def _sources(description: dict, directory: Path, texts: list[str]) -> Ragged:
    vocabulary = read_json(directory / "source_vocabulary.json")
    return encoded([repair(text) for text in texts], description["source_language"], vocabulary, SPECIALS)


def _searched(model: Seq2Seq, description: dict) -> Callable[[Tensor, Tensor], list[list[int]]]:
    return lambda tokens, lengths: model.beam(tokens, lengths, description["max_length"], description["beam_size"])


def go_on(model: LanguageModel, description: dict, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    """The likeliest next word of lines, or more characters."""
    if description["tokens"] == "words":
        return _next_word(model, directory, texts)
    alphabet = read_json(directory / "characters.json")
    return [{"text": "".join(islice(write(model, alphabet, text, 0.8, None, 0), 200))} for text in texts]


def write(
    model: LanguageModel, alphabet: list[str], seed: str, temperature: float, top_p: float | None, draw: int
) -> Any:
    """Characters that go on from a seed text, one at a time and without end; see `generate`.

    Args:
        draw: decides what is drawn.

    Raises:
        PipelineError: the seed text is empty.
    """
    if not seed:
        raise PipelineError("the text to go on from is empty: give at least one character")
    number = {character: i for i, character in enumerate(alphabet)}
    ids = [number.get(character, 0) for character in seed]
    return (alphabet[i] for i in generate(model, ids, temperature, top_p, torch.Generator().manual_seed(draw)))


def _next_word(model: LanguageModel, directory: Path, texts: list[str]) -> list[dict[str, Any]]:
    vocabulary = read_json(directory / "vocabulary.json")
    specials, end = 3, vocabulary.index("<eos>")

    def likeliest(tokens: Tensor, lengths: Tensor) -> list[tuple[float, int]]:
        tokens = nn.functional.pad(tokens, (1, 0), value=end)  # a line begins after the end of another
        features, _ = model(tokens, lengths + 1)
        probability = model.log_probabilities(features[torch.arange(len(tokens)), lengths]).exp()
        best, word = probability[:, specials:].max(1)
        return list(zip(best.tolist(), word.tolist(), strict=True))

    found = in_batches(encoded([repair(text) for text in texts], "en", vocabulary, specials), likeliest)
    return [{"next": vocabulary[specials + word], "probability": p} for p, word in found]


def encoded(texts: list[str], language: str, vocabulary: list[str], specials: int = 2) -> Ragged:
    """Tokens of texts as ids; the first entries of the vocabulary are no words."""
    from pipeline.corpora.prepared.vocabulary import encode

    tokens = encode(tokenise(texts, language), vocabulary, vocabulary[:specials])
    return Ragged(tokens.ids, tokens.offsets)
