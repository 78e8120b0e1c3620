"""Splits: nothing is lost, copies never cross, the order of the input does not matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared import splits

texts = st.lists(st.text(alphabet="abc", max_size=3), min_size=1, max_size=60)


def contents(rows: dict[str, np.ndarray], items: list[str]) -> dict[str, list[str]]:
    return {split: [items[i] for i in part] for split, part in rows.items()}


def check(rows: dict[str, np.ndarray], items: list[str]) -> None:
    """Every row once; no content in two splits."""
    assert sorted(np.concatenate(list(rows.values()))) == list(range(len(items)))
    sets = [set(part) for part in contents(rows, items).values()]
    assert sum(map(len, sets)) == len(set(items))


@given(texts, st.randoms(use_true_random=False))
def test_shares(items, random):
    rows = splits.by_share([splits.content_hash(item) for item in items], 0.2, 0.3)
    check(rows, items)
    shuffled = random.sample(items, len(items))
    again = splits.by_share([splits.content_hash(item) for item in shuffled], 0.2, 0.3)
    assert contents(again, shuffled) == contents(rows, items)


def test_shares_are_about_right():
    rows = splits.by_share([splits.content_hash(str(i)) for i in range(10_000)], 0.1, 0.2)
    assert [round(len(part) / 10_000, 1) for part in rows.values()] == [0.7, 0.1, 0.2]


def test_an_example_keeps_its_split_when_others_come():
    hashes = [splits.content_hash(str(i)) for i in range(500)]
    before, after = splits.by_share(hashes[:300], 0.1, 0.1), splits.by_share(hashes, 0.1, 0.1)
    assert all(set(before[split]) <= set(after[split]) for split in before)


@given(texts, st.integers(0, 20), st.integers(0, 20), st.randoms(use_true_random=False))
def test_counts(items, validation, test, random):
    rows = splits.by_count([splits.content_hash(item) for item in items], validation, test)
    check(rows, items)
    assert len(rows["validation"]) <= validation and len(rows["test"]) <= test
    shuffled = random.sample(items, len(items))
    again = splits.by_count([splits.content_hash(item) for item in shuffled], validation, test)
    assert contents(again, shuffled) == contents(rows, items)


def test_counts_are_exact_without_copies_and_large_groups_train():
    hashes = [splits.content_hash(str(i)) for i in range(50)]
    assert [len(part) for part in splits.by_count(hashes, 5, 10).values()] == [35, 5, 10]
    rows = splits.by_count(hashes + [splits.content_hash("often")] * 4, 5, 40, largest=3)
    assert set(range(50, 54)) <= set(rows["train"])


@given(st.lists(st.tuples(st.text(alphabet="abc", max_size=2), st.integers(0, 2)), min_size=1, max_size=60))
def test_stratified(items):
    words, labels = [word for word, _ in items], [label for _, label in items]
    check(splits.stratified([splits.content_hash(word) for word in words], labels, 5, 7), words)


@given(st.lists(st.integers(0, 4), min_size=20, max_size=80))
def test_stratified_has_the_mix_of_the_whole(labels):
    hashes = [splits.content_hash(str(i)) for i in range(len(labels))]
    rows = splits.stratified(hashes, labels, 4, 6)
    assert [len(rows["validation"]), len(rows["test"])] == [4, 6]
    for label in set(labels):
        expected = 6 * labels.count(label) / len(labels)
        assert abs([labels[i] for i in rows["test"]].count(label) - expected) < 1


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("ABCDEFGH")), max_size=25))
def test_pairs_are_grouped_just_where_a_chain_of_shared_texts_joins_them(pairs):
    groups = splits.pair_groups([left for left, _ in pairs], [right for _, right in pairs])
    reach = {i: {i} for i in range(len(pairs))}
    for _ in pairs:  # the plain way: grow every set by its neighbours until nothing changes
        for i in reach:
            reach[i] |= {k for j in reach[i] for k in reach if pairs[k][0] == pairs[j][0] or pairs[k][1] == pairs[j][1]}
    for i in reach:
        assert {j for j in reach if groups[j] == groups[i]} == reach[i]
    assert splits.pair_groups([left for left, _ in pairs[::-1]], [right for _, right in pairs[::-1]]) == groups[::-1]


def test_what_counts_as_a_copy():
    assert splits.content_hash("A  Caf\u00e9\n") == splits.content_hash("a cafe\u0301")
    assert splits.content_hash("a cafe") != splits.content_hash("a caf\u00e9")


def test_limits():
    rows = {"train": np.arange(900), "validation": np.arange(100), "test": np.arange(100)}
    assert [len(part) for part in splits.limited(rows, 400).values()] == [400, 100, 100]
    assert [len(part) for part in splits.limited(rows, 8).values()] == [8, 50, 50]
    assert splits.limited(rows, None) == rows
    with pytest.raises(PipelineError, match="train 900, validation 0, test 100"):
        splits.limited(rows | {"validation": np.arange(0)}, None)
