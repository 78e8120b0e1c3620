"""Small editions of corpora for tests, and where copies of the official archives may be."""

import hashlib
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from pipeline.corpora.corpus import Corpus, TextCorpus
from pipeline.corpora.sources.raw import Source


def mirror(*names: str) -> list[Path]:
    """Copies of official files, or a skipped test where there are none."""
    beside = sorted(Path(__file__).resolve().parents[3].glob("*/mirror/SHA256SUMS"))  # in a neighbour of the project
    root = Path(os.environ.get("CORPUS_MIRROR", beside[0].parent if beside else "mirror"))
    paths = [root / name for name in names]
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        pytest.skip(f"no {', '.join(missing)} in {root}: set CORPUS_MIRROR to a folder that has them")
    return paths


def wheel(members: dict[str, bytes]) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarball(members: dict[str, bytes]) -> bytes:
    """A gzipped tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def source(directory: Path, corpus: str, reader: str, files: dict[str, bytes], edition: str = "mine") -> Source:
    """What `fetch` would leave of an edition of these files."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (directory / name).write_bytes(data)
    return Source(corpus, edition, reader, directory, tuple(files))


def copies(corpus: str, reader: str, paths: list[Path], edition: str = "mine") -> Source:
    """An edition of files that are all in one folder."""
    return Source(corpus, edition, reader, paths[0].parent, tuple(path.name for path in paths))


def text_config(**changes: int | None) -> TextCorpus:
    values = {"edition": "mine", "limit": None, "vocabulary": 1000, "min_frequency": 1} | changes
    return TextCorpus.model_validate(values)


def config(limit: int | None = None) -> Corpus:
    return Corpus(edition="mine", limit=limit)


def digest(directory: Path) -> dict[str, str]:
    """The hash of every file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(directory.iterdir())}
