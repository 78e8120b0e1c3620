"""Exercise 10: which words name people, places, organisations? One direction against two.

    python -m pipeline.exercises.tagging.train {commonest,linear,uni,uni_wide,bi,bi_characters,bi_crf,bi_characters_crf}

`bi` has twice the recurrent weights of `uni`. `uni_wide` has about as many as `bi`, in one direction with half as many
units more: it shows what more weights are worth without a second direction. `bi_characters` also reads every word's
characters, `bi_crf` chooses the tags of a sentence together, and `bi_characters_crf` does both. All of these train
alike. `commonest` and `linear` read without recurrence, and show what it is worth.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad
from pipeline.corpora.prepared.specials import UNK_ID
from pipeline.corpora.prepared.spelling import alphabet
from pipeline.corpora.prepared.tables import SPLITS, Ragged, ragged, read_table
from pipeline.exercises.tagging import linear
from pipeline.exercises.tagging.stage import STAGE, Settings, wide_units
from pipeline.exercises.tagging.words import DATA, spellings, spelt_words, words_with_vectors
from pipeline.layers.recurrent import length_mask
from pipeline.models.tagger import Tagger
from pipeline.models.word_tagger import CommonestTagger, LinearTagger
from pipeline.scoring.entities import entity_counts, entity_scores
from pipeline.training.run import main
from pipeline.training.task import Fit, Job, Loss, Recipe, Task, Tested

EVALUATED = 128  # sentences of a batch that is not trained on


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
    kind = STAGE.variants[variant]
    vocabulary, vectors, known, words = words_with_vectors()
    meta = read_json(DATA / "meta.json")
    characters = alphabet(spellings("train")) if kind.get("characters") else None
    assets = {"vocabulary.json": vocabulary}
    if characters is not None:
        assets["characters.json"] = characters
    read = {"vocabulary": len(vocabulary), "cases": len(meta["cases"])}
    networks: dict[str, tuple[type[nn.Module], dict[str, Any]]] = {
        "commonest": (CommonestTagger, read | {"tags": meta["tags"]}),
        "linear": (LinearTagger, read | {"tags": len(meta["tags"]), "buckets": settings.linear.buckets}),
        "recurrent": (Tagger, read | recurrent(settings, kind, vectors.shape[1], len(meta["tags"]), characters)),
    }
    network, arguments = networks[kind["network"]]
    return TaggingRecipe(
        settings,
        network,
        arguments,
        description={"tags": meta["tags"], "cases": meta["cases"]},
        assets=assets,
        notes={"tags": meta["tags"]},
        words=words,
        vectors=vectors,
        known=known,
        tags=meta["tags"],
        characters=characters,
        precision=None if network is Tagger else "fp32",
    )


def recurrent(
    settings: Settings, kind: Mapping[str, Any], vector_size: int, tags: int, characters: list[str] | None
) -> dict[str, Any]:
    """The arguments of a recurrent tagger, besides the sizes of its tables."""
    arguments: dict[str, Any] = {
        "tags": tags,
        "vector_size": vector_size,
        "case_size": settings.case_size,
        "hidden_size": wide_units(settings.hidden_size) if kind.get("wide") else settings.hidden_size,
        "layers": settings.layers,
        "bidirectional": kind.get("bidirectional", False),
        "cell": settings.cell,
        "dropout": settings.dropout,
        "crf": kind.get("crf", False),
        "vector_scale": settings.vector_rate,
    }
    if characters is not None:
        arguments |= {"character_size": settings.character_size, "filters": settings.filters}
        arguments |= {"characters": len(characters)}
    return arguments


class Tagging(Task[TaggingRecipe]):
    """One seed of a tagger."""

    decides = "f1"
    model: Tagger | CommonestTagger | LinearTagger

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
        model = super().build()
        if isinstance(model, Tagger):
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
        inputs = [tensor.to(self.job.device) for tensor in self.inputs(batch, split)]
        logits = self.model(*inputs)
        target, lengths = (tensor.to(self.job.device) for tensor in pad(self.gold[split], batch))
        return self.model.loss(logits, target, lengths), logits, lengths

    def inputs(self, batch: Batch, split: str) -> list[Tensor]:
        """What `Tagger` reads of the sentences."""
        tokens, lengths = pad(self.recipe.words[split], batch)
        if self.model.training:  # rare words teach what to do with unknown ones (Lample et al. 2016, section 4.1)
            tokens[self.rare[tokens] & (torch.rand(tokens.shape) < 0.5)] = UNK_ID
        case, _ = pad(self.cases[split], batch)
        inputs = [tokens, case, lengths]
        if self.recipe.characters is not None:  # each distinct word is read once
            rows, spelling = pad(self.spelt[split], batch)[0].unique(return_inverse=True)
            letters = self.letters[rows]  # (distinct, characters)
            inputs += [letters[:, : letters.count_nonzero(1).max()], spelling]
        return inputs

    def train(self) -> Fit:
        model = self.model
        if isinstance(model, Tagger):
            return super().train()

        def fit() -> float:
            model.eval()  # no word is replaced
            if isinstance(model, CommonestTagger):
                model.fit(*self.tokens(lambda words, cases, lengths: torch.stack([words, cases], 2)))
            else:
                linear.fit(model, *self.tokens(model.read), self.settings.linear, self.job.seed)
            with self.job.inference():
                return float(self.evaluate("train")[0]["loss"])

        return self.fit_at_once(fit, len(self.gold["train"].values))

    def tokens(self, read: Callable[..., Tensor]) -> tuple[Tensor, Tensor]:
        """What `read` makes of the inputs (batch, steps, features), for each word of the training split, and its tag.

        Returns:
            (words, features) int64 and (words,) int64.
        """
        features, tags = [], []
        for batch in ordered(self.gold["train"].lengths, EVALUATED):
            target, lengths = pad(self.gold["train"], batch)
            inside = length_mask(lengths, target.shape[1])
            features.append(read(*self.inputs(batch, "train"))[inside])
            tags.append(target[inside])
        return torch.cat(features), torch.cat(tags)

    def validate(self) -> dict[str, float]:
        found, _ = self.evaluate("validation")
        return {name: found[name] for name in ("loss", "f1", "precision", "recall")}

    def evaluate(self, split: str) -> tuple[dict[str, Any], dict[str, list[np.ndarray]]]:
        """Scores over the split, and its tags, both the right and the predicted ones, in its order."""
        gold = self.gold[split]
        truth = [gold[row] for row in range(len(gold))]
        predicted: list[np.ndarray] = [np.empty(0, np.int8)] * len(gold)
        total = 0.0
        for batch in ordered(gold.lengths, EVALUATED):
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
