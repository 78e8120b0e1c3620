"""Exercises 8 and 11: translation with an encoder and a decoder, without attention, with Bahdanau's, with Luong's.

    python -m pipeline.exercises.translation.train {none,bahdanau,luong}

`none` has epochs and a learning rate of its own (`translation.none`), so that it is compared at its best.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.functional import pad as widened

from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad
from pipeline.corpora.prepared.detokenise import detokenise
from pipeline.corpora.prepared.specials import EOS
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, ragged, read_table
from pipeline.exercises.translation.stage import STAGE, WELL, Settings
from pipeline.models.seq2seq import BEGIN, END, PAD, Seq2Seq
from pipeline.scoring.next_token import perplexity_of
from pipeline.scoring.translation import sentence_chrf, translation_scores
from pipeline.training.run import main
from pipeline.training.task import Job, Loss, Recipe, Task, Tested

DATA = PREPARED / "translation"
SIDES = ("source", "target")
MIDDLING = 6, 14  # words of the test sentences whose attention weights may be shown;
LOOKED_AT = 200  # the first so many of them are translated, and those translated well are kept


def recipe(variant: str, settings: Settings) -> Recipe:
    """The network of a variant."""
    attention = STAGE.variants[variant]["attention"]
    if attention == "none":
        settings = settings.model_copy(update=dict(settings.none))
    vocabularies = {side: read_json(DATA / f"{side}_vocabulary.json") for side in SIDES}
    return Recipe(
        settings,
        Seq2Seq,
        arguments={
            **{f"{side}_vocabulary": len(words) for side, words in vocabularies.items()},
            "embedding_size": settings.embedding_size,
            "hidden_size": settings.hidden_size,
            "attention": attention,
            "dropout": settings.dropout,
        },
        description={
            "max_length": settings.max_length,
            "beam_size": settings.beam_size,
            "source_language": read_json(DATA / "meta.json")["source_language"],
        },
        assets={f"{side}_vocabulary.json": words for side, words in vocabularies.items()}
        | {"target_forms.json": read_json(DATA / "target_forms.json")},
    )


class Translation(Task[Recipe]):
    """One seed of a translator."""

    model: Seq2Seq

    def __init__(self, recipe: Recipe, job: Job) -> None:
        super().__init__(recipe, job)
        self.tables = {split: read_table(DATA / f"{split}.arrow") for split in SPLITS}
        self.sources = {split: ragged(table, "source") for split, table in self.tables.items()}
        self.targets = {split: ragged(table, "target") for split, table in self.tables.items()}
        self.source_words, self.target_words = (recipe.assets[f"{side}_vocabulary.json"] for side in SIDES)

    def build(self) -> Seq2Seq:
        model: Seq2Seq = super().build()  # type: ignore[assignment]
        model.stems.copy_(torch.tensor(read_json(DATA / "source_stems.json")))
        return model

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        settings, lengths = self.settings, self.targets["train"].lengths
        larger = np.maximum(self.sources["train"].lengths, lengths + 1)  # side of a pair; a target has an end mark
        return bucketed(lengths, settings.batch_size, generator, settings.batch_tokens, larger)

    def loss(self, batch: Batch) -> Loss:
        return self.read(batch, "train")

    def read(self, batch: Batch, split: str) -> Loss:
        """Predict every word of the batch's targets, end marks included, each from the right ones before it."""
        source, lengths = pad(self.sources[split], batch)
        target, words_in = pad(self.targets[split], batch)
        read, predict, real = shifted(target, words_in)
        device = self.job.device
        readouts, _ = self.model(source.to(device), lengths.to(device), read.to(device))
        # Only real positions meet the vocabulary: padding costs nothing and counts nothing.
        logits = self.model.logits(readouts[real.to(device)]).float()
        truth = predict[real].to(device)
        summed = cross_entropy(logits, truth, reduction="sum")
        return Loss(summed, len(truth), len(truth) + int(lengths.sum()))

    def validate(self) -> dict[str, float]:
        return self.perplexity("validation")

    def perplexity(self, split: str) -> dict[str, float]:
        """Over the split: `loss`, the cross-entropy of a word in nats, and the perplexity, which follows from it."""
        total, count = 0.0, 0
        for batch in ordered(self.targets[split].lengths, 128):
            loss = self.read(batch, split)
            total, count = total + loss.summed.item(), count + loss.terms
        return {"loss": total / count, "perplexity": perplexity_of(total / count)}

    def test(self) -> Tested:
        with self.job.inference():
            greedy, hypotheses = self.translate("test")
            found: dict[str, Any] = self.perplexity("test")
            shown = self.attention_of_some("test")
        references = self.tables["test"]["target_text"].to_pylist()
        found |= translation_scores(hypotheses, references)
        overlap = self.tables["test"]["overlap"].to_numpy()
        unlike = unlike_training(overlap)
        found["bleu_unlike"] = translation_scores(*([of[i] for i in unlike] for of in (hypotheses, references)))["bleu"]
        found["unlike_overlap"] = float(overlap[unlike].max())
        found["distinct"] = len(set(hypotheses)) / len(hypotheses)  # few: the same sentences whatever the source
        found["greedy_bleu"] = translation_scores(greedy, references)["bleu"]
        predictions = {
            "source": self.tables["test"]["source_text"].to_pylist(),
            "reference": references,
            "hypothesis": hypotheses,
            "greedy": greedy,
        }
        return Tested(found, predictions, shown)

    def translate(self, split: str) -> tuple[list[str], list[str]]:
        """Greedy and beam translations as text, in the order of the split."""
        settings, rows = self.settings, self.sources[split]
        greedy, best = [""] * len(rows), [""] * len(rows)
        for batch in ordered(rows.lengths, 64):
            source, lengths = (tensor.to(self.job.device) for tensor in pad(rows, batch))
            simple, _ = self.model.greedy(source, lengths, settings.max_length)
            searched = self.model.beam(source, lengths, settings.max_length, settings.beam_size)
            for row, one, other in zip(batch, simple, searched, strict=True):
                greedy[row], best[row] = (detokenise([self.target_words[i] for i in ids]) for ids in (one, other))
        return greedy, best

    def attention_of_some(self, split: str) -> list[dict[str, Any]]:
        """Weights of greedy translations that are near their references, of sentences of middling length."""
        if self.model.attention is None:
            return []
        rows, references = self.sources[split], self.tables[split]["target_text"].to_pylist()
        middling = (rows.lengths >= MIDDLING[0]) & (rows.lengths <= MIDDLING[1])
        chosen = np.flatnonzero(middling)[:LOOKED_AT]
        if not len(chosen):
            return []
        source, lengths = (tensor.to(self.job.device) for tensor in pad(rows, chosen))
        found, weights = self.model.greedy(source, lengths, self.settings.max_length)
        assert weights is not None  # the model attends
        shown = []
        for row, ids, attended in zip(chosen, found, weights.cpu().numpy(), strict=True):
            words = [self.target_words[i] for i in ids]
            if sentence_chrf(detokenise(words), references[row]) >= WELL:
                target = [*words, EOS][: len(attended)]  # without its end, where the length limit came first
                kept = attended[: len(target), : rows.lengths[row]].round(4).astype(float).tolist()
                shown.append({"source": [self.source_words[i] for i in rows[row]], "target": target, "weights": kept})
        return shown


def unlike_training(overlap: np.ndarray) -> np.ndarray:
    """The rows of the quarter of sentences that has the least (sentences,) overlap with training; one at least."""
    return np.argsort(overlap, kind="stable")[: max(len(overlap) // 4, 1)]


def shifted(target: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What the decoder reads and what it is to predict: the same words, one step apart.

        target    the    dog    -              lengths 2
        read      BEGIN  the    dog    -
        predict   the    dog    END    -
        real      yes    yes    yes    no

    Args:
        target: (batch, steps) int64, padded.
        lengths: (batch,) int64.

    Returns:
        read, predict and real, (batch, steps + 1) each; real is bool.
    """
    read = widened(target, (1, 0), value=BEGIN)
    predict = widened(target, (0, 1), value=PAD)
    predict[torch.arange(len(target)), lengths] = END
    return read, predict, torch.arange(predict.shape[1]) <= lengths.unsqueeze(1)


if __name__ == "__main__":
    main(STAGE, recipe, Translation)
