"""Named entities as the CoNLL shared task counts them: whole spans, right in both ends and in type.

Follows `conlleval`, the scorer of Tjong Kim Sang & De Meulder, "Introduction to the CoNLL-2003 Shared
Task" (2003). It is lenient about how an entity starts: B-X always starts one, and so does I-X after O,
after an entity of another type, or at the start of a sentence. An entity ends before O, B-anything,
I-of-another-type and at the end of its sentence. A model may write any sequence of tags, so no sequence
is an error, and IOB1 and IOB2 are read alike.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np


def entities(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """The entities of one sentence, in order, as (type, first position, position past the last)."""
    found = []
    kind, start = None, 0  # of the entity that is open
    for position, tag in enumerate([*tags, "O"]):
        prefix, _, tag_kind = tag.partition("-")
        continues = prefix == "I" and tag_kind == kind
        if kind is not None and not continues:
            found.append((kind, start, position))
            kind = None
        if prefix in ("B", "I") and not continues:
            kind, start = tag_kind, position
    return found


def entity_types(tags: Iterable[str]) -> list[str]:
    """The types named by a tag set, sorted: ["O", "B-PER", "I-PER", "B-LOC"] gives ["LOC", "PER"]."""
    return sorted({tag.partition("-")[2] for tag in tags if tag != "O"})


def entity_counts(
    gold: Iterable[Sequence[int] | np.ndarray], predicted: Iterable[Sequence[int] | np.ndarray], tags: Sequence[str]
) -> np.ndarray:
    """Count entities sentence by sentence; counts add up, so any corpus is a sum over its sentences.

    Args:
        gold, predicted: one row of indices into `tags` per sentence, without padding.
        tags: the tag set, such as ["O", "B-PER", "I-PER"].

    Returns:
        (sentences, types, 3) int64, types as `entity_types(tags)` orders them, the last axis being
        entities right, predicted and in the gold standard.

    Raises:
        ValueError: the two differ in the number of sentences or in the length of one.
    """
    kinds = entity_types(tags)
    index = {kind: i for i, kind in enumerate(kinds)}
    rows = []
    for sentence, (gold_row, predicted_row) in enumerate(zip(gold, predicted, strict=True)):
        if len(gold_row) != len(predicted_row):
            raise ValueError(f"sentence {sentence} has {len(gold_row)} tags but {len(predicted_row)} predictions")
        gold_found = entities([tags[tag] for tag in gold_row])
        predicted_found = entities([tags[tag] for tag in predicted_row])
        row = np.zeros((len(kinds), 3), dtype=np.int64)
        for column, found in enumerate((set(gold_found) & set(predicted_found), predicted_found, gold_found)):
            for kind, _, _ in found:
                row[index[kind], column] += 1
        rows.append(row)
    return np.array(rows, dtype=np.int64).reshape(-1, len(kinds), 3)


def precision_recall_f1(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1, fractions from 0 to 1, from summed counts.

    Args:
        counts: (..., 3) entities right, predicted, gold.

    Returns:
        Three arrays of shape (...). As in conlleval, 0 where nothing was predicted, or nothing was there.
    """
    right, predicted, gold = np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0)
    return (
        right / np.maximum(predicted, 1),
        right / np.maximum(gold, 1),
        2 * right / np.maximum(predicted + gold, 1),
    )


def entity_scores(counts: np.ndarray, tags: Sequence[str]) -> dict[str, Any]:
    """Scores of a corpus, over all entities (micro) and for each type, from `entity_counts`.

    Returns:
        {"precision", "recall", "f1": fractions from 0 to 1, "types": {TYPE: {the same and "entities": gold
        entities of this type}}}.
    """
    by_type = counts.sum(axis=0)  # (types, 3)

    def scores(row: np.ndarray) -> dict[str, Any]:
        return dict(zip(("precision", "recall", "f1"), map(float, precision_recall_f1(row)), strict=True))

    kinds = zip(entity_types(tags), by_type, strict=True)
    return scores(by_type.sum(axis=0)) | {
        "types": {kind: scores(row) | {"entities": int(row[2])} for kind, row in kinds}
    }
