import numpy as np
import pytest

from pipeline.scoring.entities import entities, entity_counts, entity_scores, entity_types, precision_recall_f1

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("", []),
        ("O O O", []),
        ("B-PER I-PER O", [("PER", 0, 2)]),
        ("O B-PER I-PER", [("PER", 1, 3)]),  # the sentence's end closes it
        ("B-PER B-PER I-PER", [("PER", 0, 1), ("PER", 1, 3)]),  # neighbours
        ("I-PER I-PER O", [("PER", 0, 2)]),  # I- at the start of a sentence starts one
        ("O I-LOC O", [("LOC", 1, 2)]),  # and after O
        ("B-PER I-LOC I-LOC", [("PER", 0, 1), ("LOC", 1, 3)]),  # and where the type changes
        ("I-PER I-LOC I-PER", [("PER", 0, 1), ("LOC", 1, 2), ("PER", 2, 3)]),
        ("I-PER B-PER", [("PER", 0, 1), ("PER", 1, 2)]),
        ("B-PER O I-PER", [("PER", 0, 1), ("PER", 2, 3)]),
    ],
)
def test_spans_follow_conlleval(tags: str, expected: list) -> None:
    assert entities(tags.split()) == expected


def ids(*sentences: str) -> list[list[int]]:
    return [[TAGS.index(tag) for tag in sentence.split()] for sentence in sentences]


def test_an_entity_counts_only_when_both_ends_and_type_are_right() -> None:
    gold = ids("B-PER I-PER O B-LOC", "B-PER I-PER", "B-LOC O", "O O")
    predicted = ids("B-PER I-PER O B-LOC", "B-PER O", "B-PER O", "O B-LOC")
    counts = entity_counts(gold, predicted, TAGS)  # (sentences, types, right/predicted/gold)
    assert entity_types(TAGS) == ["LOC", "PER"]
    assert counts.tolist() == [
        [[1, 1, 1], [1, 1, 1]],
        [[0, 0, 0], [0, 1, 1]],
        [[0, 0, 1], [0, 1, 0]],
        [[0, 1, 0], [0, 0, 0]],
    ]
    scores = entity_scores(counts, TAGS)
    assert scores["precision"] == pytest.approx(2 / 5)
    assert scores["recall"] == pytest.approx(2 / 4)
    assert scores["f1"] == pytest.approx(4 / 9)
    assert scores["types"]["LOC"] == pytest.approx({"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2, "entities": 2})


def test_tags_that_start_an_entity_differently_agree() -> None:
    counts = entity_counts(ids("B-PER I-PER O B-LOC"), ids("I-PER I-PER O I-LOC"), TAGS)
    assert entity_scores(counts, TAGS)["f1"] == 1


def test_nothing_predicted_or_nothing_there_scores_zero() -> None:
    precision, recall, f1 = precision_recall_f1(np.array([[0, 0, 3], [0, 3, 0], [0, 0, 0]]))
    assert not precision.any() and not recall.any() and not f1.any()


def test_sentences_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="sentence 1 has 2 tags but 1 predictions"):
        entity_counts(ids("O", "O O"), ids("O", "O"), TAGS)
    with pytest.raises(ValueError, match="shorter"):
        entity_counts(ids("O", "O"), ids("O"), TAGS)


def test_numpy_rows_count_like_lists() -> None:
    rows = ids("B-PER I-PER O B-LOC", "O")
    arrays = [np.array(row, dtype=np.int8) for row in rows]
    assert (entity_counts(arrays, arrays, TAGS) == entity_counts(rows, rows, TAGS)).all()
