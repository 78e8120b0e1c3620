"""Sequences of digits, labelled by whether their sum is odd: the course sheet's own example.

Prepared: train.arrow, validation.arrow and test_10.arrow with sequences of 1 to 10 digits, none of them in two files,
and test_40.arrow, test_100.arrow, test_500.arrow and validation_500.arrow with sequences of just that length: `digits`
list<int8>, `label` int8.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.core.files import write_json
from pipeline.corpora.corpus import Corpus
from pipeline.corpora.prepared import columns, describe, splits
from pipeline.corpora.prepared.tables import Ragged, write_table
from pipeline.corpora.sources.raw import Source

Settings = Corpus
SEED = 20_240_917  # of the data: the same for every run, whatever the seeds of the training
LONGEST = 10
LONG = (40, 100, 500)
SIZES = {"train": 20_000, "validation": 2_000, "test": 2_000}
LONG_VALIDATION = 100  # sequences, as long as the longest of the tests


def prepare(source: Source, settings: Settings, out: Path) -> dict[str, Any]:
    """Draw the sequences; returns their statistics."""
    draw = source.choose({"generated": np.random.default_rng})(SEED)
    short = short_sequences(draw)
    files = {"train": short["train"], "validation": short["validation"], f"test_{LONGEST}": short["test"]}
    for length in LONG:
        files[f"test_{length}"] = list(draw.integers(0, 10, size=(SIZES["test"], length), dtype=np.int8))
    files[f"validation_{LONG[-1]}"] = list(draw.integers(0, 10, size=(LONG_VALIDATION, LONG[-1]), dtype=np.int8))
    statistics = {}
    for name, sequences in files.items():
        kept = sequences[: settings.limit and splits.allowed(name, settings.limit)]
        lengths = np.array([len(sequence) for sequence in kept])
        labels = np.array([sequence.sum(dtype=np.int64) % 2 for sequence in kept], dtype=np.int8)
        table = {"digits": columns.lists(Ragged.of(np.concatenate(kept), lengths)), "label": pa.array(labels)}
        write_table(out / f"{name}.arrow", table)
        statistics[name] = {
            "examples": len(kept),
            "classes": describe.classes(labels, ("even", "odd")),
            "length": describe.lengths(lengths),
        }
    write_json(out / "meta.json", source.identity | {"labels": ["even", "odd"], "long": LONG})
    return {"splits": statistics}


def short_sequences(draw: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """Distinct sequences whose lengths are drawn evenly from 1 to 10; each goes where the hash of its digits says.

    There are only ten sequences of one digit and a hundred of two, so the shortest are rarer here than drawn.
    """
    lengths = draw.integers(1, LONGEST + 1, size=2 * sum(SIZES.values()))
    distinct = {tuple(draw.integers(0, 10, size=length, dtype=np.int8).tolist()): None for length in lengths}
    sequences = [np.array(sequence, dtype=np.int8) for sequence in distinct]
    rows = splits.by_share([splits.content_hash(sequence.tobytes()) for sequence in sequences], 0.1, 0.1)
    return {split: [sequences[i] for i in part[: SIZES[split]]] for split, part in rows.items()}
