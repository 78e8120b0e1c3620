"""Exercise 10: which words name people, places, organisations? One direction against two.

    python -m pipeline.exercises.tagging.train {uni,uni_wide,bi,crf}

`bi` has twice the recurrent weights of `uni`. `uni_wide` has about as many as `bi`, in one direction of half as many
units more: what more weights are worth is not what a second direction is worth. `crf` is `bi` that also reads every
word's characters and chooses the tags of a sentence together; it has settings of its own (`tagging.crf`: epochs,
dropout, slower word vectors).
"""

import sys
from functools import partial

import numpy as np
import torch

from pipeline.core.errors import run_stage
from pipeline.core.files import read_json
from pipeline.core.params import Tagging, load
from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad
from pipeline.corpora.prepared.pretrained import pretrained
from pipeline.corpora.prepared.spelling import alphabet, spell
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, Ragged, ragged, read_table
from pipeline.models.tagger import Tagger
from pipeline.scoring.entities import entity_counts, entity_scores
from pipeline.training.loop import Job, fit
from pipeline.training.variant import Outcome, pick, run_variant

DATA = PREPARED / "conll2003"
VECTORS = PREPARED / "vectors" / "vectors.arrow"
UNKNOWN = 1


def main() -> None:
    params = load()
    variant = pick(sys.argv, ("uni", "uni_wide", "bi", "crf"))
    settings, own = params.tagging, params.tagging.crf
    if variant == "crf":
        settings = settings.model_copy(update={"epochs": own.epochs, "dropout": own.dropout})
    vocabulary, vectors, known, words = words_with_vectors()
    meta = read_json(DATA / "meta.json")
    arguments = {
        "vocabulary": len(vocabulary),
        "cases": len(meta["cases"]),
        "tags": len(meta["tags"]),
        "vector_size": vectors.shape[1],
        "case_size": settings.case_size,
        "hidden_size": settings.hidden_size * 3 // 2 if variant == "uni_wide" else settings.hidden_size,
        "layers": settings.layers,
        "bidirectional": variant in ("bi", "crf"),
        "cell": settings.cell,
        "dropout": settings.dropout,
    }
    assets = {"vocabulary.json": vocabulary}
    if variant == "crf":
        assets["characters.json"] = alphabet(spellings("train"))
        arguments |= {
            "characters": len(assets["characters.json"]),
            "character_size": own.character_size,
            "filters": own.filters,
            "crf": True,
            "vector_scale": own.vector_rate,
        }
    run_variant(
        "tagging",
        variant,
        metric="f1",
        params=params,
        corpora=["conll2003", "vectors"],
        train=partial(
            train_tagger,
            settings=settings,
            arguments=arguments,
            words=words,
            vectors=vectors,
            known=known,
            tags=meta["tags"],
            characters=assets.get("characters.json"),
        ),
        description={"class": "Tagger", "arguments": arguments, "tags": meta["tags"], "cases": meta["cases"]},
        assets=assets,
        notes={"tags": meta["tags"]},
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
            for at in np.flatnonzero(values == UNKNOWN):
                if words[at] in in_vectors:
                    values[at] = added.setdefault(words[at], len(vocabulary) + len(added))
        ids[split] = Ragged(values, tokens.offsets)
    vocabulary += added
    return vocabulary, *pretrained(VECTORS, vocabulary), ids


def spellings(split: str) -> list[str]:
    """Every word of the split as it is written."""
    return read_table(DATA / f"{split}.arrow")["words"].combine_chunks().flatten().to_pylist()


def spelt_words(characters: list[str], sentences: dict[str, Ragged]) -> tuple[dict[str, Ragged], torch.Tensor]:
    """For every word of every split the row of `letters` that spells it, and `letters` (distinct words, characters)."""
    distinct: dict[str, int] = {}
    rows = {split: [distinct.setdefault(word, len(distinct)) for word in spellings(split)] for split in sentences}
    spelt = {split: Ragged(np.array(rows[split]), ragged.offsets) for split, ragged in sentences.items()}
    return spelt, torch.from_numpy(spell(list(distinct), characters))


def train_tagger(
    job: Job,
    settings: Tagging,
    arguments: dict,
    words: dict[str, Ragged],
    vectors: np.ndarray,
    known: np.ndarray,
    tags: list[str],
    characters: list[str] | None,
) -> Outcome:
    """Train one seed and tag the test sentences."""
    tables = {split: read_table(DATA / f"{split}.arrow") for split in SPLITS}
    cases = {split: ragged(table, "case") for split, table in tables.items()}
    gold = {split: ragged(table, "tags") for split, table in tables.items()}
    model = Tagger(**arguments)
    model.words.weight.data.copy_(torch.from_numpy(vectors / model.vector_scale))
    model.to(job.device)
    truth = {split: [rows[i] for i in range(len(rows))] for split, rows in gold.items()}
    # A test word with a pretrained vector is not unknown (see `words_with_vectors`): none stands for one here.
    rare = (np.bincount(words["train"].values, minlength=len(vectors)) == 1) & ~known
    if characters is not None:
        spelt, letters = spelt_words(characters, words)
        longest = letters.count_nonzero(1)
    once = torch.from_numpy(rare)

    def logits_of(split: str, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        tokens, lengths = pad(words[split], batch)
        if model.training:  # words seen once teach what to do with unknown ones (Lample et al. 2016, section 4.1)
            tokens[once[tokens] & (torch.rand(tokens.shape) < 0.5)] = UNKNOWN
        case, _ = pad(cases[split], batch)
        inputs = [tokens, case, lengths]
        if characters is not None:  # each distinct word is read once
            rows, spelling = pad(spelt[split], batch)[0].unique(return_inverse=True)
            inputs += [letters[rows][:, : longest[rows].max()], spelling]
        return model(*(tensor.to(job.device) for tensor in inputs)), lengths.to(job.device)

    def losses(split: str, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Summed loss, logits (batch, steps, tags) and lengths."""
        logits, lengths = logits_of(split, batch)
        target, _ = pad(gold[split], batch)
        return model.loss(logits, target.to(job.device), lengths), logits, lengths

    def loss(batch: Batch) -> tuple[torch.Tensor, int, int]:
        summed, _, lengths = losses("train", batch)
        return summed, int(lengths.sum()), int(lengths.sum())

    def evaluate(split: str) -> tuple[dict, list[np.ndarray]]:
        """Scores over the split, and the predicted tags in its order."""
        predicted: list[np.ndarray] = [np.empty(0, np.int8)] * len(gold[split])
        total = 0.0
        for batch in ordered(gold[split].lengths, 128):
            summed, logits, lengths = losses(split, batch)
            total += summed.item()
            for row, guess, length in zip(batch, model.best(logits, lengths).cpu().numpy(), lengths, strict=True):
                predicted[row] = guess[:length].astype(np.int8)
        entity = entity_scores(entity_counts(truth[split], predicted, tags), tags)
        return {"loss": total / len(gold[split].values), **entity}, predicted

    def validate() -> dict[str, float]:
        scores, _ = evaluate("validation")
        return {name: scores[name] for name in ("loss", "f1", "precision", "recall")}

    fitted = fit(
        model,
        lambda generator: bucketed(gold["train"].lengths, settings.batch_size, generator, settings.batch_tokens),
        loss,
        validate,
        settings,
        "f1",
        job,
    )
    with torch.inference_mode(), job.autocast():
        test, predicted = evaluate("test")
    return Outcome(fitted, model, test, {"gold": truth["test"], "predicted": predicted})


if __name__ == "__main__":
    run_stage(main)
