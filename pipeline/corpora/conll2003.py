"""CoNLL-2003 named entities in Reuters news (Tjong Kim Sang and De Meulder, 2003), with its official splits.

Prepared: {train,validation,test}.arrow, one sentence per row: `words` list<string>, `tokens` list<int32> (lower case,
digits as 0), `case` list<int8> and `tags` list<int8> (IOB2); vocabulary.json, the tokens by id; meta.json lists
the cases and the tags.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.corpora.corpus import TextCorpus
from pipeline.corpora.prepared import columns, describe, splits, vocabulary
from pipeline.corpora.prepared.tables import Ragged, write_table
from pipeline.corpora.sources.raw import Source, expect

Settings = TextCorpus
CASES = ("padding", "lower", "title", "upper", "mixed", "numeric", "other")
FILES = {"train": "train.txt", "validation": "valid.txt", "test": "test.txt"}
PUBLISHED = {
    "train sentences": 14_041,
    "validation sentences": 3_250,
    "test sentences": 3_453,
    "train tokens": 203_621,
    "validation tokens": 51_362,
    "test tokens": 46_435,
}
KNOWN = {"packaged": PUBLISHED, "official": PUBLISHED}
TAG = re.compile(r"O|([BI])-(\S+)")


class Sentence(NamedTuple):
    line: int  # of its first word
    words: list[str]
    tags: list[str]


def prepare(source: Source, settings: Settings, out: Path) -> dict[str, Any]:
    """Read the three files, bring their tags to IOB2 and number everything; returns the statistics."""
    directory = source.choose({"neuroner": "conll2003/en/", "conll": ""})
    names = {split: f"{directory}{file}" for split, file in FILES.items()}
    corpus = {split: read(source.text(name), f"{source.directory}/{name}") for split, name in names.items()}
    counts = {f"{split} sentences": len(part) for split, part in corpus.items()} | {
        f"{split} tokens": sum(len(sentence.words) for sentence in part) for split, part in corpus.items()
    }
    expect(source, KNOWN, counts)
    scheme = tagging_scheme({f"{source.directory}/{names[split]}": part for split, part in corpus.items()})
    for part in corpus.values():
        for sentence in part:
            to_iob2(sentence.tags)

    rows = splits.limited(
        {split: np.array(splits.in_hash_order([content(s) for s in part])) for split, part in corpus.items()},
        settings.limit,
    )
    chosen = {split: [corpus[split][i] for i in np.sort(part)] for split, part in rows.items()}
    forms = {split: [lookup_form(word) for s in part for word in s.words] for split, part in chosen.items()}
    words = vocabulary.from_words(forms["train"], settings.vocabulary, settings.min_frequency)
    types = sorted({tag[2:] for part in corpus.values() for s in part for tag in s.tags} - {""})
    tags = ["O", *(f"{prefix}-{kind}" for kind in types for prefix in "BI")]
    if len(tags) > 128:  # as many as an int8 holds
        raise PipelineError(f"{source.directory} has {len(types)} types of entities: at most 63 are supported")
    statistics = {}
    for split, part in chosen.items():
        tokens = vocabulary.ids_of(forms[split], words)
        lengths = np.array([len(s.words) for s in part])
        flat = {
            "words": np.array([word for s in part for word in s.words], dtype=object),
            "tokens": tokens,
            "case": np.array([CASES.index(case(word)) for s in part for word in s.words], dtype=np.int8),
            "tags": np.array([tags.index(tag) for s in part for tag in s.tags], dtype=np.int8),
        }
        table = {name: columns.lists(Ragged.of(values, lengths)) for name, values in flat.items()}
        write_table(out / f"{split}.arrow", table)
        entities = np.array([types.index(tag[2:]) for s in part for tag in s.tags if tag[0] == "B"], dtype=np.int64)
        statistics[split] = {
            "examples": len(part),
            "tokens": len(tokens),
            "classes": describe.classes(entities, types),
            "length": describe.lengths(lengths),
            "unknown_share": vocabulary.unknown_share(tokens),
        }
    write_json(out / "vocabulary.json", words)
    write_json(out / "meta.json", source.identity | {"cases": CASES, "tags": tags})
    return {"splits": statistics, "vocabulary": len(words), "read": counts, "scheme": scheme}


def read(text: str, where: str) -> list[Sentence]:
    """Sentences of a CoNLL file: one word per line, its tag in the last column, an empty line after each sentence.

    Raises:
        PipelineError: a line has no tag, another number of columns than the first, or a tag of another scheme;
            or there is no sentence at all.
    """
    sentences = []
    current = Sentence(0, [], [])
    width = None
    for number, line in enumerate(f"{text}\n\n".split("\n"), start=1):
        fields = [field for field in re.split(r"[ \t]+", line) if field]
        if not fields or fields[0] == "-DOCSTART-":
            if current.words:
                sentences.append(current)
            current = Sentence(number + 1, [], [])
            continue
        width = width or len(fields)
        if len(fields) != width or width < 2:
            raise PipelineError(
                f"{where} line {number}: {len(fields)} columns, expected {max(width, 2)}: {line[:60]!r}"
            )
        if not TAG.fullmatch(fields[-1]):
            raise PipelineError(f"{where} line {number}: {fields[-1]!r} is not an IOB tag (O, B-TYPE or I-TYPE)")
        current.words.append(fields[0])
        current.tags.append(fields[-1])
    if not sentences:
        raise PipelineError(f"{where} holds no sentence: it must have a word and its tag on each line")
    return sentences


def tagging_scheme(corpus: Mapping[str, list[Sentence]]) -> str:
    """IOB2, or IOB1 where every tag of the whole corpus agrees with that.

    Args:
        corpus: file -> its sentences.

    Raises:
        PipelineError: it is neither; the message names the first line that is not IOB2.
    """
    strays = []
    for where, sentences in corpus.items():
        for sentence in sentences:
            at = first_break(sentence.tags, "I")
            strays += [f"{where} line {sentence.line + at}: {sentence.tags[at]}"] if at is not None else []
    if not strays:
        return "IOB2"
    if any(first_break(sentence.tags, "B") is not None for part in corpus.values() for sentence in part):
        raise PipelineError(
            f"{strays[0]} does not continue an entity, and the corpus is not IOB1 either: put the tag right"
        )
    return "IOB1"


def first_break(tags: list[str], prefix: str) -> int | None:
    """Where the first tag with `prefix` is that does not follow a tag of its own type.

    IOB2 has no such I-: it begins every entity with B-. IOB1 has no such B-: B- only divides neighbours of a type.
    """
    for i, (before, tag) in enumerate(zip(["O", *tags], tags, strict=False)):
        if tag[0] == prefix and before[1:] != tag[1:]:
            return i
    return None


def to_iob2(tags: list[str]) -> None:
    """Begin every entity with B-, in place."""
    for i, (before, tag) in enumerate(zip(["O", *tags], list(tags), strict=False)):
        if tag[0] == "I" and before[1:] != tag[1:]:
            tags[i] = f"B{tag[1:]}"


def content(sentence: Sentence) -> str:
    return splits.content_hash(" ".join(sentence.words))


def lookup_form(word: str) -> str:
    """The form that is looked up: lower case, every digit 0 (Lample et al., 2016)."""
    return re.sub(r"\d", "0", word.lower())


def case(word: str) -> str:
    """The spelling that `lookup_form` hides, one of CASES (Collobert et al., 2011, section 3.2.2)."""
    if not any(letter.isalpha() for letter in word):
        return "numeric" if any(letter.isdigit() for letter in word) else "other"
    if word.islower():
        return "lower"
    if word.isupper():
        return "upper"
    return "title" if word[0].isupper() and word[1:].islower() else "mixed"
