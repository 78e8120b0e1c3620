"""What was fetched, and how its text is read."""

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.corpora.sources import raw
from tests.corpora.editions import source, tarball, wheel


def test_text_loses_its_byte_order_mark_and_carriage_returns():
    assert raw.decode(b"\xef\xbb\xbfa\r\nb\rc\n", "x") == "a\nb\nc\n"


def test_wrong_encoding_names_the_line():
    with pytest.raises(PipelineError, match=r"file\.txt line 3 is not UTF-8"):
        raw.decode("a\nb\ncaf\u00e9\n".encode("latin-1"), "file.txt")


def test_a_member_is_found_by_the_end_of_its_path(tmp_path):
    archives = {"a.whl": wheel({"top/data/x.txt": b"1", "top/data/notx.txt": b"2"}), "b.tar.gz": tarball({"y": b"3"})}
    found = source(tmp_path, "imdb", "any", archives | {"plain.txt": b"4"})
    assert [found.read(name) for name in ("data/x.txt", "x.txt", "y", "plain.txt")] == [b"1", b"1", b"3", b"4"]
    with pytest.raises(PipelineError, match=r"no file z\.txt.*see imdb in sources.yaml"):
        found.read("z.txt")


def test_two_members_of_one_name_are_an_error(tmp_path):
    found = source(tmp_path, "imdb", "any", {"a.zip": wheel({"a/x.txt": b"1", "b/x.txt": b"2"})})
    with pytest.raises(PipelineError, match=r"2 files called x\.txt \(.*a/x\.txt.*b/x\.txt"):
        found.read("x.txt")


def fetched(root, edition="packaged", files=("a.txt",)):
    write_json(root / "imdb/source.json", {"edition": edition, "reader": "r", "files": [{"name": n} for n in files]})


def test_load(tmp_path):
    fetched(tmp_path)
    with pytest.raises(PipelineError, match=r"a\.txt is missing: run `dvc repro fetch@imdb`"):
        raw.load("imdb", "packaged", tmp_path)
    (tmp_path / "imdb/a.txt").write_bytes(b"")
    assert raw.load("imdb", "packaged", tmp_path).files == ("a.txt",)
    with pytest.raises(PipelineError, match="holds edition 'packaged' but params.yaml asks for 'official'"):
        raw.load("imdb", "official", tmp_path)
    with pytest.raises(PipelineError, match="source.json is missing"):
        raw.load("digits", "packaged", tmp_path)
    write_json(tmp_path / "imdb/source.json", [])
    with pytest.raises(PipelineError, match="source.json is damaged"):
        raw.load("imdb", "packaged", tmp_path)


@pytest.mark.parametrize(
    "damage", [{"reader": []}, {"edition": None}, {"files": [{"name": 3}]}, {"files": [{}]}, {"files": 1}]
)
def test_a_damaged_record_is_one_line(tmp_path, damage):
    write_json(tmp_path / "imdb/source.json", {"edition": "packaged", "reader": "r", "files": []} | damage)
    with pytest.raises(PipelineError, match=r"source.json is damaged: run `dvc repro fetch@imdb`"):
        raw.load("imdb", "packaged", tmp_path)


def test_an_unknown_reader_names_those_there_are(tmp_path):
    with pytest.raises(PipelineError, match="'other'.*choose one of aclimdb, movie_reviews"):
        source(tmp_path, "imdb", "other", {}).choose({"movie_reviews": 1, "aclimdb": 2})


def test_known_counts_say_what_was_found_and_expected(tmp_path):
    known = {"packaged": {"reviews": 25_000}}
    with pytest.raises(PipelineError, match="24,999 reviews, expected 25,000"):
        raw.expect(source(tmp_path, "imdb", "r", {}, "packaged"), known, {"reviews": 24_999})
    raw.expect(source(tmp_path, "imdb", "r", {}, "mine"), known, {"reviews": 3})
