"""Rows of different lengths: written, read back, taken; a file that is no table is one line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared import columns
from pipeline.corpora.prepared.tables import Ragged, matrix, ragged, read_table, write_table

ROWS = st.lists(st.lists(st.integers(-9, 9), max_size=4), max_size=8)


def as_ragged(rows):
    return Ragged.of(np.array(sum(rows, []), np.int32), np.array([len(row) for row in rows]))


def plain(rows):
    return [row.tolist() for row in rows]


@given(ROWS, st.data())
def test_take_repeats_and_reorders_rows(rows, data):
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=12)) if rows else []
    taken = as_ragged(rows).take(np.array(chosen, np.int64))
    assert plain(taken) == [rows[i] for i in chosen]
    assert taken.offsets[0] == 0 and taken.values.dtype == np.int32


def test_what_is_written_is_read(tmp_path):
    rows = [[1, 2], [], [3]]
    words = Ragged.of(np.array(["to", "be", "or"], object), np.array([2, 0, 1]))
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    path = tmp_path / "a.arrow"
    write_table(
        path,
        {"ids": columns.lists(as_ragged(rows)), "words": columns.lists(words), "vector": columns.vectors(vectors)},
    )
    table = read_table(path)
    assert plain(ragged(table, "ids")) == rows
    assert table["words"].to_pylist() == [["to", "be"], [], ["or"]]
    assert np.array_equal(matrix(table, "vector"), vectors)
    assert plain(ragged(table.slice(1), "ids")) == rows[1:]


@pytest.mark.parametrize("content", [None, b"", b"ARROW1 no"])
def test_what_is_no_table_is_one_line(tmp_path, content):
    path = tmp_path / "a.arrow"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PipelineError, match=r"^[^\n]*a.arrow is (missing|damaged)[^\n]*dvc"):
        read_table(path)
