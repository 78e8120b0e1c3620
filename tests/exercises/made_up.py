"""Prepared corpora of a few made-up examples, laid out as the real ones, in the folder that is the current one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.core.files import write_json
from pipeline.corpora.prepared.columns import vectors as vector_column
from pipeline.corpora.prepared.tables import PREPARED, write_table

SIZES = {"train": 24, "validation": 9, "test": 10}
WORDS = ["<pad>", "<unk>", "<eos>", "the", "king", "is", "dead", "long", "live", "queen", ".", "a"]
TAGS = ["O", "B-PER", "I-PER", "B-LOC"]
CASES = ["padding", "lower", "title"]


def rows(draw: np.random.Generator, count: int, low: int, high: int, longest: int = 9) -> list[np.ndarray]:
    """So many sequences of 1 to `longest` ids, from `low` up to `high`, that excluded."""
    return [draw.integers(low, high, int(draw.integers(1, longest + 1))) for _ in range(count)]


def labels(draw: np.random.Generator, count: int, classes: int) -> pa.Array:
    """Every class among them."""
    return pa.array(draw.permutation(np.arange(count) % classes), pa.int8())


def imdb() -> None:
    draw = np.random.default_rng(0)
    for split, count in SIZES.items():
        tokens = pa.array(rows(draw, count, 1, len(WORDS)), pa.list_(pa.int32()))
        write_table(PREPARED / f"imdb/{split}.arrow", {"tokens": tokens, "label": labels(draw, count, 2)})
    write_json(PREPARED / "imdb/vocabulary.json", WORDS)
    write_json(PREPARED / "imdb/meta.json", {"edition": "made up", "labels": ["negative", "positive"]})


def vectors(path: Path = PREPARED / "vectors/vectors.arrow") -> None:
    """Of all words but the last, and of `prince`, which no vocabulary has."""
    words = [*WORDS[3:-1], "prince"]
    values = np.random.default_rng(0).normal(size=(len(words), 6)).astype(np.float32)
    columns = {"word": pa.array(words), "vector": vector_column(values)}
    write_table(path, columns)


def word2vec() -> None:
    vectors(Path("models/word2vec/vectors.arrow"))


def conll2003() -> None:
    """The first test sentence holds `Prince`, and `Duke`, which no vectors know."""
    draw = np.random.default_rng(0)
    for split, count in SIZES.items():
        tokens = rows(draw, count, 3, len(WORDS))
        words = [[WORDS[token] for token in row] for row in tokens]
        if split == "test":
            tokens[0], words[0] = np.array([3, 1, 1]), ["The", "Prince", "Duke"]
        columns = {
            "words": pa.array(words),
            "tokens": pa.array(tokens, pa.list_(pa.int32())),
            "case": pa.array([draw.integers(1, len(CASES), len(row)) for row in tokens], pa.list_(pa.int8())),
            "tags": pa.array([draw.integers(0, len(TAGS), len(row)) for row in tokens], pa.list_(pa.int8())),
        }
        write_table(PREPARED / f"conll2003/{split}.arrow", columns)
    write_json(PREPARED / "conll2003/vocabulary.json", WORDS)
    write_json(PREPARED / "conll2003/meta.json", {"edition": "made up", "cases": CASES, "tags": TAGS})


def translation() -> None:
    draw = np.random.default_rng(0)
    vocabularies = {
        "source": ["<pad>", "<unk>", "<bos>", "<eos>", *"abcdefgh"],
        "target": ["<pad>", "<unk>", "<bos>", "<eos>", *"stuvwxyz"],
    }
    for split, count in SIZES.items():
        columns: dict[str, pa.Array] = {}
        for side, words in vocabularies.items():
            sentences = rows(draw, count, 4, len(words))
            columns[side] = pa.array(sentences, pa.list_(pa.int32()))
            columns[f"{side}_text"] = pa.array([" ".join(words[i] for i in row) for row in sentences])
        write_table(PREPARED / f"translation/{split}.arrow", columns)
    for side, words in vocabularies.items():
        write_json(PREPARED / f"translation/{side}_vocabulary.json", words)
    write_json(PREPARED / "translation/meta.json", {"edition": "made up", "source_language": "es"})


def shakespeare() -> None:
    draw = np.random.default_rng(0)
    for split, count in SIZES.items():
        lines = pa.array(rows(draw, count, 3, len(WORDS)), pa.list_(pa.int32()))
        write_table(PREPARED / f"shakespeare/words_{split}.arrow", {"tokens": lines})
        characters = pa.array(draw.integers(1, 8, 40 * count), pa.uint8())
        write_table(PREPARED / f"shakespeare/characters_{split}.arrow", {"character": characters})
    write_json(PREPARED / "shakespeare/vocabulary.json", WORDS)
    write_json(PREPARED / "shakespeare/characters.json", ["<unk>", *"\n ROME", "x"])
    write_json(PREPARED / "shakespeare/meta.json", {"edition": "made up"})


def digits() -> None:
    draw = np.random.default_rng(0)
    for split, count in SIZES.items():
        pixels = vector_column(draw.integers(0, 256, (count, 16), dtype=np.uint8))
        write_table(PREPARED / f"digits/{split}.arrow", {"pixels": pixels, "label": labels(draw, count, 10)})
    write_json(PREPARED / "digits/meta.json", {"edition": "made up"})


def speech() -> None:
    draw, dimensions, words = np.random.default_rng(0), 4, ["yes", "no", "go"]
    for split, count in SIZES.items():
        features = [draw.normal(size=dimensions * int(draw.integers(1, 8))).astype(np.float32) for _ in range(count)]
        columns = {"features": pa.array(features, pa.list_(pa.float32())), "label": labels(draw, count, len(words))}
        columns["snr"] = pa.array(np.where(np.arange(count) % 2, 0.0, np.inf), pa.float32())
        write_table(PREPARED / f"speech/{split}.arrow", columns)
    facts = {"labels": words, "dimensions": dimensions, "mean": [0.0] * dimensions, "sd": [1.0] * dimensions}
    write_json(PREPARED / "speech/meta.json", {"edition": "made up", **facts})


def parity() -> None:
    """Few sequences, train's of 1 to 10 digits."""
    draw = np.random.default_rng(0)
    sizes = {"train": 100, "validation": 20, "test_10": 20, "test_40": 10, "test_100": 10, "test_500": 5}
    for split, count in (sizes | {"validation_500": 5}).items():
        long = split.partition("_")[2] in ("40", "100", "500")
        length = [int(split.partition("_")[2])] * count if long else draw.integers(1, 11, count)
        sequences = [draw.integers(0, 10, size=n, dtype=np.int8) for n in length]
        odd = pa.array([int(row.sum()) % 2 for row in sequences], pa.int8())
        write_table(
            PREPARED / f"parity/{split}.arrow", {"digits": pa.array(sequences, pa.list_(pa.int8())), "label": odd}
        )


def series() -> None:
    """Eleven-year waves."""
    years = np.arange(1700, 1800)
    values = 50 + 40 * np.sin(years * 2 * np.pi / 11)
    columns = {"year": pa.array(years, pa.int32()), "value": pa.array(values, pa.float64())}
    write_table(PREPARED / "series/sunspots.arrow", columns)


MAKERS: dict[str, Callable[[], None]] = {
    f"data/prepared/{maker.__name__}": maker
    for maker in (imdb, vectors, conll2003, translation, shakespeare, digits, speech, parity, series)
} | {"models/word2vec": word2vec}
