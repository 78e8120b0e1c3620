"""What `fetch` left in data/raw/NAME: the verified files of one edition of a corpus, and how to read them."""

import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.corpora.corpus import MANIFEST, RAW
from pipeline.corpora.sources import archive

ARCHIVES = (".whl", ".zip", ".tar", ".tar.gz", ".tgz")

# What NumPy and Arrow raise for damaged arrays and tables in memory, found by fuzzing (tests/corpora/test_hostile.py).
DAMAGE = (
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OSError,
    MemoryError,
    RuntimeError,
    SyntaxError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Source:
    """One edition of a corpus on disk."""

    corpus: str
    edition: str
    reader: str  # the layout of the files: which function of the corpus' module reads them
    directory: Path
    files: tuple[str, ...]

    @property
    def identity(self) -> dict[str, str]:
        """What every file made from this edition says of its origin."""
        return {"corpus": self.corpus, "edition": self.edition}

    @property
    def archives(self) -> list[Path]:
        return [self.directory / name for name in self.files if name.endswith(ARCHIVES)]

    def choose(self, readers: Mapping[str, T]) -> T:
        """The entry for this edition's reader, or an error that names those there are."""
        if self.reader not in readers:
            raise PipelineError(
                f"edition {self.edition!r} of {self.corpus} names the reader {self.reader!r} in sources.yaml: "
                f"choose one of {', '.join(sorted(readers))}"
            )
        return readers[self.reader]

    def read(self, name: str) -> bytes:
        """The bytes of a file: one of the edition's own, or the one in its archives whose path ends with `name`.

        Raises:
            PipelineError: there is none, or several.
        """
        if name in self.files:
            return (self.directory / name).read_bytes()
        found: dict[str, bytes] = {}
        for path in self.archives:
            for member, data in archive.members(path, lambda member: f"/{member}".endswith(f"/{name}")):
                found[f"{path} ({member})"] = data
        if len(found) != 1:
            what = f"{len(found)} files called {name} ({', '.join(sorted(found)[:3])})" if found else f"no file {name}"
            raise PipelineError(
                f"{self.directory} holds {what}: reader {self.reader!r} needs one; see {self.corpus} in sources.yaml"
            )
        return next(iter(found.values()))

    def text(self, name: str) -> str:
        """The text of a file; see `read` and `decode`."""
        return decode(self.read(name), f"{self.directory}/{name}")


def load(corpus: str, edition: str, root: Path = RAW) -> Source:
    """Open what was fetched.

    Raises:
        PipelineError: nothing was fetched, files are missing, or it was another edition.
    """
    directory = root / corpus
    try:
        record = read_json(directory / MANIFEST)
        names = tuple(file["name"] for file in record["files"])
        source = Source(corpus, record["edition"], record["reader"], directory, names)
        if not all(isinstance(text, str) for text in (source.edition, source.reader, *names)):
            raise TypeError
    except (KeyError, TypeError):
        raise PipelineError(f"{directory / MANIFEST} is damaged: run `dvc repro fetch@{corpus}`") from None
    if source.edition != edition:
        raise PipelineError(
            f"{directory} holds edition {source.edition!r} but params.yaml asks for {edition!r}: "
            f"run `dvc repro fetch@{corpus}`"
        )
    for name in source.files:
        if not (directory / name).is_file():
            raise PipelineError(f"{directory / name} is missing: run `dvc repro fetch@{corpus}`")
    return source


def decode(data: bytes, where: str) -> str:
    """UTF-8 text without a byte order mark, its lines ended by LF.

    Raises:
        PipelineError: the bytes are not UTF-8; the message names the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PipelineError(f"{where} line {line} is not UTF-8 ({error.reason}): convert the file to UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def expect(source: Source, known: Mapping[str, Mapping[str, int]], found: Mapping[str, int]) -> None:
    """Compare what was read with the published size of this edition, where it has one.

    Args:
        known: edition -> what is counted -> how many there are.
        found: what is counted -> how many were read.
    """
    for what, count in known.get(source.edition, {}).items():
        if found[what] != count:
            raise PipelineError(
                f"{source.corpus} ({source.edition}) has {found[what]:,} {what}, expected {count:,}: "
                f"{source.directory} does not hold the published data; fetch it again or name the edition otherwise"
            )
