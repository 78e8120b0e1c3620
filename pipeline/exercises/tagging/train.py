"""Exercise 10: which words name people, places, organisations? One direction against two.

    python -m pipeline.exercises.tagging.train {uni,uni_wide,bi,crf}

`bi` has twice the recurrent weights of `uni`. `uni_wide` has about as many as `bi`, in one direction with half as many
units more: it shows what more weights are worth without a second direction. `crf` is `bi` that also reads every
word's characters and chooses the tags of a sentence together; it has settings of its own (`tagging.crf`: epochs,
dropout, slower word vectors).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad
from pipeline.corpora.prepared.pretrained import pretrained
from pipeline.corpora.prepared.specials import UNK_ID
from pipeline.corpora.prepared.spelling import alphabet, spell
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, Ragged, ragged, read_table
from pipeline.exercises.tagging.stage import STAGE, Settings, wide_units
from pipeline.models.tagger import Tagger
from pipeline.scoring.entities import entity_counts, entity_scores
from pipeline.training.run import main
from pipeline.training.task import Job, Loss, Recipe, Task, Tested

DATA = PREPARED / "conll2003"
VECTORS = PREPARED / "vectors" / "vectors.arrow"


@dataclass(frozen=True, kw_only=True)
class TaggingRecipe(Recipe):
    """What the taggers of a variant read besides the tables; see `words_with_vectors`."""

    words: dict[str, Ragged]  # of each split, as ids
    vectors: np.ndarray  # (vocabulary, size) float32
    known: np.ndarray  # (vocabulary,) bool, which of them are pretrained
    tags: list[str]
    characters: list[str] | None  # the alphabet, where words are read letter by letter


def recipe(variant: str, settings: Settings) -> TaggingRecipe:
    """The network of a variant, and the words with their pretrained vectors."""
    kind, own = STAGE.variants[variant], settings.crf
    vocabulary, vectors, known, words = words_with_vectors()
    meta = read_json(DATA / "meta.json")
    characters = None
    if kind.get("crf"):
        settings = settings.model_copy(update={"epochs": own.epochs, "dropout": own.dropout})
        characters = alphabet(spellings("train"))
    arguments = {
        "vocabulary": len(vocabulary),
        "cases": len(meta["cases"]),
        "tags": len(meta["tags"]),
        "vector_size": vectors.shape[1],
        "case_size": settings.case_size,
        "hidden_size": wide_units(settings.hidden_size) if kind.get("wide") else settings.hidden_size,
        "layers": settings.layers,
        "bidirectional": kind["bidirectional"],
        "cell": settings.cell,
        "dropout": settings.dropout,
    }
    assets = {"vocabulary.json": vocabulary}
    if characters is not None:
        assets["characters.json"] = characters
        arguments |= {
            "characters": len(characters),
            "character_size": own.character_size,
            "filters": own.filters,
            "crf": True,
            "vector_scale": own.vector_rate,
        }
    return TaggingRecipe(
        settings,
        Tagger,
        arguments,
        description={"tags": meta["tags"], "cases": meta["cases"]},
        assets=assets,
        notes={"tags": meta["tags"]},
        words=words,
        vectors=vectors,
        known=known,
        tags=meta["tags"],
        characters=characters,
    )


def words_with_vectors() -> tuple[list[str], np.ndarray, np.ndarray, dict[str, Ragged]]:
    """The vocabulary with its pretrained vectors, and the splits as ids into it.

    The vocabulary is the training split's. Words of the other splits that it lacks but the pretrained vectors know
    are added: they keep their pretrained vector, for no training sentence holds them. On these splits that is what
    carrying all the pretrained vectors along would do, at a fraction of the size; in other text, words that are in
    none of the splits are unknown to the saved model.

    Returns:
        words, vectors (words, size) float32, which of them are pretrained (words,) bool, and ids per split.
    """
    vocabulary: list[str] = read_json(DATA / "vocabulary.json")
    in_vectors = set(read_table(VECTORS)["word"].to_pylist())
    ids: dict[str, Ragged] = {}
    added: dict[str, int] = {}
    for split in SPLITS:
        corpus = read_table(DATA / f"{split}.arrow")
        tokens = ragged(corpus, "tokens")
        values = tokens.values.copy()
        if split != "train":
            words = [word.lower() for word in corpus["words"].combine_chunks().flatten().to_pylist()]
            for at in np.flatnonzero(values == UNK_ID):
                if words[at] in in_vectors:
                    values[at] = added.setdefault(words[at], len(vocabulary) + len(added))
        ids[split] = Ragged(values, tokens.offsets)
    vocabulary += added
    return vocabulary, *pretrained(VECTORS, vocabulary), ids


def spellings(split: str) -> list[str]:
    """Every word of the split as it is written."""
    return read_table(DATA / f"{split}.arrow")["words"].combine_chunks().flatten().to_pylist()


def spelt_words(characters: list[str], sentences: dict[str, Ragged]) -> tuple[dict[str, Ragged], Tensor]:
    """For every word of every split the row of `letters` that spells it, and `letters` (distinct words, characters)."""
    distinct: dict[str, int] = {}
    rows = {split: [distinct.setdefault(word, len(distinct)) for word in spellings(split)] for split in sentences}
    spelt = {split: Ragged(np.array(rows[split]), ragged.offsets) for split, ragged in sentences.items()}
    return spelt, torch.from_numpy(spell(list(distinct), characters))


class Tagging(Task[TaggingRecipe]):
    """One seed of a tagger."""

    decides = "f1"
    model: Tagger

    def __init__(self, recipe: TaggingRecipe, job: Job) -> None:
        super().__init__(recipe, job)
        tables = {split: read_table(DATA / f"{split}.arrow") for split in SPLITS}
        self.cases = {split: ragged(table, "case") for split, table in tables.items()}
        self.gold = {split: ragged(table, "tags") for split, table in tables.items()}
        # Words with a pretrained vector are never unknown in a test (see `words_with_vectors`): none is replaced here.
        once = np.bincount(recipe.words["train"].values, minlength=len(recipe.vectors)) == 1
        self.rare = torch.from_numpy(once & ~recipe.known)  # (vocabulary,) bool
        if recipe.characters is not None:
            self.spelt, self.letters = spelt_words(recipe.characters, recipe.words)

    def build(self) -> nn.Module:
        model = Tagger(**self.recipe.arguments)
        model.words.weight.data.copy_(torch.from_numpy(self.recipe.vectors / model.vector_scale))
        return model

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        return bucketed(self.gold["train"].lengths, self.settings.batch_size, generator, self.settings.batch_tokens)

    def loss(self, batch: Batch) -> Loss:
        summed, _, lengths = self.read(batch, "train")
        words = int(lengths.sum())
        return Loss(summed, words, words)

    def read(self, batch: Batch, split: str) -> tuple[Tensor, Tensor, Tensor]:
        """Read the sentences of a batch.

        Returns:
            Summed loss (), logits (batch, steps, tags) and lengths (batch,) int64.
        """
        tokens, lengths = pad(self.recipe.words[split], batch)
        if self.model.training:  # rare words teach what to do with unknown ones (Lample et al. 2016, section 4.1)
            tokens[self.rare[tokens] & (torch.rand(tokens.shape) < 0.5)] = UNK_ID
        case, _ = pad(self.cases[split], batch)
        inputs = [tokens, case, lengths]
        if self.recipe.characters is not None:  # each distinct word is read once
            rows, spelling = pad(self.spelt[split], batch)[0].unique(return_inverse=True)
            letters = self.letters[rows]  # (distinct, characters)
            inputs += [letters[:, : letters.count_nonzero(1).max()], spelling]
        logits = self.model(*(tensor.to(self.job.device) for tensor in inputs))
        target, lengths = (tensor.to(self.job.device) for tensor in pad(self.gold[split], batch))
        return self.model.loss(logits, target, lengths), logits, lengths

    def validate(self) -> dict[str, float]:
        found, _ = self.evaluate("validation")
        return {name: found[name] for name in ("loss", "f1", "precision", "recall")}

    def evaluate(self, split: str) -> tuple[dict[str, Any], dict[str, list[np.ndarray]]]:
        """Scores over the split, and its tags, both the right and the predicted ones, in its order."""
        gold = self.gold[split]
        truth = [gold[row] for row in range(len(gold))]
        predicted: list[np.ndarray] = [np.empty(0, np.int8)] * len(gold)
        total = 0.0
        for batch in ordered(gold.lengths, 128):
            summed, logits, lengths = self.read(batch, split)
            total += summed.item()
            for row, guess, length in zip(batch, self.model.best(logits, lengths).cpu().numpy(), lengths, strict=True):
                predicted[row] = guess[:length].astype(np.int8)
        tags = self.recipe.tags
        scores = entity_scores(entity_counts(truth, predicted, tags), tags)
        return {"loss": total / len(gold.values), **scores}, {"gold": truth, "predicted": predicted}

    def test(self) -> Tested:
        with self.job.inference():
            return Tested(*self.evaluate("test"))


if __name__ == "__main__":
    main(STAGE, recipe, Tagging)
