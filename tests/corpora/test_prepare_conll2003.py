"""CoNLL-2003: the format, the schemes of tags, the published counts."""

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.corpora import conll2003
from pipeline.corpora.prepared.tables import ragged, read_table
from tests.corpora.editions import copies, digest, mirror, source, text_config, wheel

IOB2 = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O
German JJ B-NP B-MISC
iPod NN I-NP I-MISC
. . O O

Peter NNP B-NP B-PER
Blackburn NNP I-NP I-PER
Smith NNP I-NP B-PER
1996-08-22 CD I-NP O
"""
IOB1 = (
    IOB2.replace("B-ORG", "I-ORG").replace("B-MISC", "I-MISC").replace("Peter NNP B-NP B-PER", "Peter NNP B-NP I-PER")
)
FILES = ("train.txt", "valid.txt", "test.txt")


def plain(tmp_path, texts):
    files = {name: text.encode() for name, text in zip(FILES, texts, strict=True)}
    return source(tmp_path / "raw", "conll2003", "conll", files)


def run(tmp_path, found, name="out", **config):
    out = tmp_path / name
    out.mkdir()
    return conll2003.prepare(found, text_config(**config), out), out


def column(out, name, split="train"):
    return [row.tolist() for row in ragged(read_table(out / f"{split}.arrow"), name)]


def test_what_is_prepared(tmp_path):
    statistics, out = run(tmp_path, plain(tmp_path, [IOB2] * 3))
    meta, words = read_json(out / "meta.json"), read_json(out / "vocabulary.json")
    assert meta["tags"] == ["O", "B-MISC", "I-MISC", "B-ORG", "I-ORG", "B-PER", "I-PER"]
    assert [[meta["tags"][i] for i in row] for row in column(out, "tags")] == [
        ["B-ORG", "O", "B-MISC", "I-MISC", "O"],
        ["B-PER", "I-PER", "B-PER", "O"],
    ]
    assert [[words[i] for i in row] for row in column(out, "tokens")] == [
        ["eu", "rejects", "german", "ipod", "."],
        ["peter", "blackburn", "smith", "0000-00-00"],
    ]
    assert [[meta["cases"][i] for i in row] for row in column(out, "case")] == [
        ["upper", "lower", "title", "mixed", "other"],
        ["title", "title", "title", "numeric"],
    ]
    assert read_table(out / "train.arrow").column("words").to_pylist()[1][3] == "1996-08-22"
    assert statistics["splits"]["train"]["classes"] == {"MISC": 1, "ORG": 1, "PER": 2}


def test_iob1_is_converted(tmp_path):
    statistics, out = run(tmp_path, plain(tmp_path, [IOB1] * 3))
    _, expected = run(tmp_path, plain(tmp_path, [IOB2] * 3), "expected")
    assert statistics["scheme"] == "IOB1"
    assert digest(out) == digest(expected)


@pytest.mark.parametrize(
    "changed",
    [
        IOB2.replace("\n", "\r\n"),
        "\ufeff" + IOB2,
        IOB2.replace(" ", "\t"),
        IOB2 + "\n\n\n",
        IOB2.rstrip("\n"),
        IOB2.replace("\n\n", "\n \n\n"),
    ],
    ids=["CR LF", "byte order mark", "tabs", "empty lines", "no last line end", "blank lines"],
)
def test_variants_of_the_format_are_the_same_corpus(tmp_path, changed):
    _, out = run(tmp_path, plain(tmp_path, [changed] * 3))
    _, expected = run(tmp_path, plain(tmp_path, [IOB2] * 3), "expected")
    assert digest(out) == digest(expected)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            IOB2.replace("rejects VBZ B-VP O", "rejects VBZ B-VP I-ORG").replace("EU NNP B-NP B-ORG", "EU N B O"),
            "line 4: I-ORG",
        ),
        (IOB2.replace("iPod NN I-NP I-MISC", "iPod NN I-NP I-PER"), "line 6: I-PER does not continue an entity"),
        (IOB2.replace("B-ORG", "S-ORG"), "line 3: 'S-ORG' is not an IOB tag"),
        (IOB2.replace("rejects VBZ B-VP O", "rejects VBZ O"), "line 4: 3 columns, expected 4"),
        ("a\nb\n", "line 1: 1 columns, expected 2"),
        ("", "holds no sentence"),
        ("-DOCSTART- -X- O O\n\n", "holds no sentence"),
    ],
)
def test_broken_files_are_errors_that_name_file_and_line(tmp_path, broken, message):
    with pytest.raises(PipelineError, match=rf"valid\.txt {message}"):
        run(tmp_path, plain(tmp_path, [IOB2, broken, IOB2]))


def test_a_sentence_of_many_entities_is_converted_in_linear_time(tmp_path):
    text = "".join(f"w{i} I-{'AB'[i % 2]}\n" for i in range(50_000))
    _, out = run(tmp_path, plain(tmp_path, [text] * 3))
    assert set(column(out, "tags")[0]) == {1, 3}  # B-A, B-B


def test_more_types_than_a_byte_holds_are_an_error(tmp_path):
    text = "".join(f"w{i} B-T{i}\n" for i in range(64))
    with pytest.raises(PipelineError, match="64 types of entities: at most 63"):
        run(tmp_path, plain(tmp_path, [text] * 3))


def test_words_unseen_in_training_are_unknown(tmp_path):
    _, out = run(tmp_path, plain(tmp_path, [IOB2, IOB2, IOB2.replace("rejects", "accepts")]))
    assert column(out, "tokens", "test")[0][1] == 1
    assert "accepts" not in read_json(out / "vocabulary.json")


def test_a_no_break_space_is_part_of_a_word(tmp_path):
    _, out = run(tmp_path, plain(tmp_path, [IOB2.replace("rejects", "re\u00a0\u2028jects")] * 3))
    assert read_table(out / "train.arrow").column("words").to_pylist()[0][1] == "re\u00a0\u2028jects"


def test_packaged_reader_and_limit(tmp_path):
    text = "".join(f"word{i} NN O O\n\n" for i in range(300))
    members = {f"neuroner/data/conll2003/en/{name}": text.encode() for name in FILES} | {
        "neuroner/other/train.txt": b""
    }
    found = source(tmp_path / "raw", "conll2003", "neuroner", {"n.whl": wheel(members)})
    statistics, _ = run(tmp_path, found, limit=80)
    assert [part["examples"] for part in statistics["splits"].values()] == [80, 50, 50]
    assert statistics["read"]["train sentences"] == 300


def test_official_files_have_the_published_counts(tmp_path):
    paths = mirror(*(f"conll2003/{name}" for name in FILES))
    statistics, out = run(tmp_path, copies("conll2003", "conll", paths, "official"))
    assert statistics["read"] == conll2003.PUBLISHED and statistics["scheme"] == "IOB2"
    archive = source(tmp_path / "zip", "conll2003", "conll", {"c.zip": wheel({p.name: p.read_bytes() for p in paths})})
    _, again = run(tmp_path, archive, "again")
    same, other = digest(out), digest(again)
    assert {name: same[name] for name in same if name != "meta.json"} == {
        name: other[name] for name in other if name != "meta.json"
    }
    cut = source(
        tmp_path / "cut",
        "conll2003",
        "conll",
        {p.name: p.read_bytes().rpartition(b"\n\n")[0] for p in paths},
        "official",
    )
    with pytest.raises(PipelineError, match="14,040 train sentences, expected 14,041"):
        run(tmp_path, cut, "cut_out")
