"""Sentences in, their named entities out: for `rnn` and for served models.

spaCy and the module that prepares the corpus are imported where they are used: each import takes part of a second.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipeline.answering.batches import BATCH, TOKENS
from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import ordered, pad
from pipeline.corpora.prepared.specials import UNK
from pipeline.corpora.prepared.spelling import spell
from pipeline.corpora.prepared.tables import Ragged
from pipeline.corpora.prepared.text import repair
from pipeline.models.tagger import Tagger
from pipeline.models.word_tagger import CommonestTagger, LinearTagger

NETWORKS = {"Tagger": Tagger, "CommonestTagger": CommonestTagger, "LinearTagger": LinearTagger}
OUTPUTS = {"words": "string", "tags": "string"}  # JSON lists


def example(predictions: Path) -> str:
    """A sentence with a person and an organisation."""
    return "Marie Curie worked at the University of Paris."


def answer(
    model: Tagger | CommonestTagger | LinearTagger, description: dict, directory: Path, texts: list[str]
) -> list[dict[str, Any]]:
    """The words of each sentence, and a tag (IOB2) for each word."""
    import spacy

    from pipeline.corpora.conll2003 import case, lookup_form

    number = {word: i for i, word in enumerate(read_json(directory / "vocabulary.json"))}
    unknown = number[UNK]
    alphabet = directory / "characters.json"  # of a model that reads words letter by letter
    characters = read_json(alphabet) if alphabet.exists() else None
    tokeniser = spacy.blank("en").tokenizer
    sentences = [[token.text for token in tokeniser(repair(text)) if not token.is_space] for text in texts]
    distinct = {word: i for i, word in enumerate(dict.fromkeys(word for words in sentences for word in words))}
    ids = torch.tensor([number.get(lookup_form(word), number.get(word.lower(), unknown)) for word in distinct])
    cases = torch.tensor([description["cases"].index(case(word)) for word in distinct])
    spelling = torch.from_numpy(spell(list(distinct), characters)) if characters is not None else None
    places = np.array([distinct[word] for words in sentences for word in words], np.int64)
    rows = Ragged.of(places, np.array([len(words) for words in sentences], np.int64))
    tags: list[list[str]] = [[] for _ in texts]
    for batch in ordered(rows.lengths, BATCH, TOKENS):
        batch = batch[rows.lengths[batch] > 0]  # a text without words has nothing to read
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
