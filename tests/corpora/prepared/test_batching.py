"""Batches: every row once, padded little, gathered right."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpora.prepared.batching import bucketed, ordered, pad
from pipeline.corpora.prepared.tables import Ragged

ROWS = st.lists(st.lists(st.integers(2, 9), min_size=1, max_size=6), min_size=1, max_size=30)


def as_ragged(rows):
    return Ragged(np.array(sum(rows, []), np.int32), np.cumsum([0, *map(len, rows)]))


@given(ROWS, st.integers(1, 7), st.integers(0, 5))
def test_every_row_comes_exactly_once(rows, size, seed):
    lengths = as_ragged(rows).lengths
    for batches in (bucketed(lengths, size, np.random.default_rng(seed)), ordered(lengths, size)):
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(rows)))
        assert max(map(len, batches)) <= size
    again = bucketed(lengths, size, np.random.default_rng(seed))
    first = bucketed(lengths, size, np.random.default_rng(seed))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


@given(ROWS, st.integers(1, 7), st.integers(1, 20))
def test_a_budget_of_tokens_bounds_the_padded_batch(rows, size, budget):
    lengths = as_ragged(rows).lengths
    batches = bucketed(lengths, size, np.random.default_rng(0), budget)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(rows)))
    assert all(len(batch) <= size for batch in batches)
    assert all(len(batch) * lengths[batch].max() <= budget or len(batch) == 1 for batch in batches)


def test_bucketing_pads_a_tenth_of_what_shuffling_pads():
    lengths = np.random.default_rng(0).integers(10, 500, 5000)

    def padding(batches):
        return sum(lengths[batch].max() * len(batch) for batch in batches) / lengths.sum() - 1

    shuffled = np.array_split(np.random.default_rng(1).permutation(5000), 5000 // 32)
    assert padding(bucketed(lengths, 32, np.random.default_rng(1))) < 0.1 * padding(shuffled)


@given(ROWS, st.one_of(st.none(), st.integers(1, 4)), st.data())
def test_pad_gathers_rows_and_keeps_their_ends(rows, limit, data):
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=8))
    values, lengths = pad(as_ragged(rows), np.array(chosen), limit, padding=-1)
    for at, row in enumerate(chosen):
        kept = rows[row] if limit is None else rows[row][-limit:]
        assert values[at].tolist() == kept + [-1] * (values.shape[1] - len(kept))
        assert lengths[at] == len(kept)


@given(ROWS, st.integers(1, 7), st.integers(1, 20), st.integers(0, 5))
def test_a_budget_counts_what_it_is_told_to(rows, size, budget, seed):
    lengths = as_ragged(rows).lengths
    sizes = np.random.default_rng(seed).permutation(lengths) + lengths % 2  # of the other side of a pair, say
    batches = bucketed(lengths, size, np.random.default_rng(0), budget, sizes)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(rows)))
    assert all(len(batch) * sizes[batch].max() <= budget or len(batch) == 1 for batch in batches)
