"""Exercises 8 and 11: translation with an encoder and a decoder, without attention, with Bahdanau's, with Luong's.

    python -m pipeline.exercises.translation.train {none,bahdanau,luong}

`none` trains for more epochs (`translation.none.epochs`): after as few as attention needs it has hardly begun to use
its source, and the comparison would be with a language model.
"""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from pipeline.core.errors import run_stage
from pipeline.core.files import read_json
from pipeline.core.params import Translation, load
from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad
from pipeline.corpora.prepared.detokenise import detokenise
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, Ragged, ragged, read_table
from pipeline.models.seq2seq import BEGIN, END, PAD, Seq2Seq
from pipeline.scoring.next_token import perplexity_of
from pipeline.scoring.translation import translation_scores
from pipeline.training.loop import Job, fit
from pipeline.training.variant import Outcome, pick, run_variant

DATA = PREPARED / "translation"
SHOWN = 8  # test sentences whose attention weights are kept


def main() -> None:
    params = load()
    attention = pick(sys.argv, ("none", "bahdanau", "luong"))
    settings = params.translation
    if attention == "none":
        settings = settings.model_copy(update={"epochs": settings.none.epochs})
    vocabularies = {side: read_json(DATA / f"{side}_vocabulary.json") for side in ("source", "target")}
    arguments = {
        **{f"{side}_vocabulary": len(words) for side, words in vocabularies.items()},
        "embedding_size": settings.embedding_size,
        "hidden_size": settings.hidden_size,
        "attention": attention,
        "dropout": settings.dropout,
    }
    run_variant(
        "translation",
        attention,
        metric="bleu",
        params=params,
        corpora=["translation"],
        train=partial(train_translator, settings=settings, arguments=arguments, vocabularies=vocabularies),
        description={
            "class": "Seq2Seq",
            "arguments": arguments,
            "max_length": settings.max_length,
            "beam_size": settings.beam_size,
            "source_language": read_json(DATA / "meta.json")["source_language"],
        },
        assets={f"{side}_vocabulary.json": words for side, words in vocabularies.items()},
        extra=Path(f"data/attention/translation/{attention}.json"),
    )


def train_translator(job: Job, settings: Translation, arguments: dict, vocabularies: dict[str, list[str]]) -> Outcome:
    """Train one seed and translate the test sentences."""
    tables = {split: read_table(DATA / f"{split}.arrow") for split in SPLITS}
    sources = {split: ragged(table, "source") for split, table in tables.items()}
    targets = {split: ragged(table, "target") for split, table in tables.items()}
    source_lengths, target_lengths = sources["train"].lengths, targets["train"].lengths
    larger = np.maximum(source_lengths, target_lengths + 1)  # side of a pair, the mark at the target's end counted
    words = vocabularies["target"]
    model = Seq2Seq(**arguments).to(job.device)

    def losses(split: str, batch: Batch) -> tuple[torch.Tensor, int]:
        """Summed loss and number of predicted words, end marks included."""
        source, lengths = pad(sources[split], batch)
        target, words_in = pad(targets[split], batch)
        # read:     BEGIN  the  dog
        # predict:  the    dog  END
        steps = torch.arange(target.shape[1] + 1)
        read = torch.nn.functional.pad(target, (1, 0), value=BEGIN)
        predict = torch.nn.functional.pad(target, (0, 1), value=PAD)
        predict[torch.arange(len(batch)), words_in] = END
        real = (steps <= words_in.unsqueeze(1)).to(job.device)  # (batch, steps + 1)
        readouts, _ = model(source.to(job.device), lengths.to(job.device), read.to(job.device))
        # Only real positions meet the vocabulary: padding costs nothing and counts nothing.
        logits = model.logits(readouts[real]).float()
        truth = predict.to(job.device)[real]
        return cross_entropy(logits, truth, reduction="sum"), len(truth)

    def loss(batch: Batch) -> tuple[torch.Tensor, int, int]:
        summed, count = losses("train", batch)
        return summed, count, count + int(source_lengths[batch].sum())

    def perplexity(split: str) -> dict[str, float]:
        total, count = 0.0, 0
        for batch in ordered(targets[split].lengths, 128):
            summed, terms = losses(split, batch)
            total, count = total + summed.item(), count + terms
        return {"loss": total / count, "perplexity": perplexity_of(total / count)}

    fitted = fit(
        model,
        lambda generator: bucketed(target_lengths, settings.batch_size, generator, settings.batch_tokens, larger),
        loss,
        lambda: perplexity("validation"),
        settings,
        "loss",
        job,
    )
    with torch.inference_mode(), job.autocast():
        greedy, hypotheses = translate(model, sources["test"], words, settings, job)
        test: dict[str, Any] = perplexity("test")
        extra = attention_of_some(model, sources["test"], vocabularies, settings, job)
    references = tables["test"]["target_text"].to_pylist()
    test |= translation_scores(hypotheses, references)
    test["distinct"] = len(set(hypotheses)) / len(hypotheses)  # few: the same sentences whatever the source
    test["greedy_bleu"] = translation_scores(greedy, references)["bleu"]
    predictions = {
        "source": tables["test"]["source_text"].to_pylist(),
        "reference": references,
        "hypothesis": hypotheses,
        "greedy": greedy,
    }
    return Outcome(fitted, model, test, predictions, extra)


def translate(
    model: Seq2Seq, rows: Ragged, words: list[str], settings: Translation, job: Job
) -> tuple[list[str], list[str]]:
    """Greedy and beam translations as text, in the order of the split."""
    greedy, best = [""] * len(rows), [""] * len(rows)
    for batch in ordered(rows.lengths, 64):
        source, lengths = (tensor.to(job.device) for tensor in pad(rows, batch))
        simple, _ = model.greedy(source, lengths, settings.max_length)
        searched = model.beam(source, lengths, settings.max_length, settings.beam_size)
        for row, one, other in zip(batch, simple, searched, strict=True):
            greedy[row], best[row] = (detokenise([words[i] for i in ids]) for ids in (one, other))
    return greedy, best


def attention_of_some(
    model: Seq2Seq, rows: Ragged, vocabularies: dict[str, list[str]], settings: Translation, job: Job
) -> list[dict]:
    """Weights of the greedy translations of a few test sentences of middling length, for heat maps."""
    if model.attention is None:
        return []
    chosen = [row for row in range(len(rows)) if 6 <= rows.lengths[row] <= 14][:SHOWN]
    shown = []
    for row in chosen:
        source, lengths = (tensor.to(job.device) for tensor in pad(rows, np.array([row])))
        (ids,), weights = model.greedy(source, lengths, settings.max_length)
        assert weights is not None  # the model attends
        target = [vocabularies["target"][i] for i in ids] + ["<eos>"]
        rows_of_weights = weights[0, : len(target)].cpu().numpy().round(4).astype(float).tolist()
        shown.append(
            {
                "source": [vocabularies["source"][i] for i in rows[row]],
                "target": target[: len(rows_of_weights)],  # without its end, where the length limit came first
                "weights": rows_of_weights,
            }
        )
    return shown


if __name__ == "__main__":
    run_stage(main)
