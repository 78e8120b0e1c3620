"""BLEU by the length of the source, and what the translations of other sentences get."""

from functools import lru_cache
from typing import Any

import numpy as np

from pipeline.report.results import Results
from pipeline.scoring.translation import bleu_scores, bleu_statistics

FALL = 1  # BLEU points that every seed must lose from the shortest sentences to the longest
SEED = 2002  # for the order in which references are exchanged


def bleu_by_length(results: Results) -> dict[str, Any]:
    """BLEU on the test sentences in groups by the number of words of their source: quarters, where lengths allow.

    Returns:
        {"labels": the groups' lengths, "scores": {variant: (seeds, groups)}, "floors": the same against the
        references of other sentences of the group, "falls": {variant: whether every seed has more than FALL points
        less on the last group than on the first}, "kept": {variant: mean on the last by that on the first}}.
    """
    found = {variant: results.predictions(variant, "source", "hypothesis", "reference") for variant in results.variants}
    lengths = np.array([len(source.split()) for source in found[results.variants[0]]["source"][0]])
    groups = grouped(lengths)
    exchanged = [others(rows) for rows in groups]
    scores = {variant: group_scores(texts, groups, groups) for variant, texts in found.items()}
    means = {variant: values.mean(axis=0) for variant, values in scores.items()}
    spans = [(lengths[rows].min(), lengths[rows].max()) for rows in groups]
    return {
        "labels": [f"{low}-{high}" if low < high else str(low) for low, high in spans],
        "scores": scores,
        "floors": {variant: group_scores(texts, groups, exchanged) for variant, texts in found.items()},
        "falls": {variant: bool((values[:, 0] - values[:, -1]).min() > FALL) for variant, values in scores.items()},
        "kept": {variant: float(mean[-1] / mean[0]) if mean[0] else 0.0 for variant, mean in means.items()},
    }


def grouped(lengths: np.ndarray) -> list[np.ndarray]:
    """The rows of each quarter by length; equal lengths stay together, so there may be fewer groups than four."""
    edges = np.unique(np.quantile(lengths, [0, 0.25, 0.5, 0.75, 1], method="lower"))
    starts = np.unique([edges[0], *(edges[1:-1] + 1)])
    group = np.searchsorted(starts, lengths, side="right") - 1
    return [rows for number in range(len(starts)) if len(rows := np.flatnonzero(group == number))]


def group_scores(texts: dict[str, list[Any]], groups: list[np.ndarray], against: list[np.ndarray]) -> np.ndarray:
    """BLEU (seeds, groups) of the translations of each group, against the references of those rows."""
    return np.array(
        [
            [bleu(tuple(hypotheses[i] for i in rows), tuple(references[i] for i in of)) for rows, of in zip(
                groups, against, strict=True)]
            for hypotheses, references in zip(texts["hypothesis"], texts["reference"], strict=True)
        ]
    )  # fmt: skip


@lru_cache(maxsize=1000)
def bleu(hypotheses: tuple[str, ...], references: tuple[str, ...]) -> float:
    """Corpus BLEU, cached because every page asks for it again."""
    return float(bleu_scores(bleu_statistics(hypotheses, references).sum(axis=0)))


def others(rows: np.ndarray) -> np.ndarray:
    """The rows in another order, in which none keeps its place (unless it is alone)."""
    order = np.random.default_rng(SEED).permutation(len(rows))
    exchanged = np.empty_like(rows)
    exchanged[order] = rows[np.roll(order, 1)]
    return exchanged
