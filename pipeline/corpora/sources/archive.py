"""Archives, read without being unpacked: members go to memory one by one, and nothing in them is trusted.

Zip files (wheels are zip files) hold their members stored or deflated; tar files are plain or gzipped
and are read in one pass.
"""

import errno
import gzip
import io
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.core.errors import PipelineError
from pipeline.core.files import how_to_build

MEMBER_LIMIT = 2**30  # bytes of one member: it has to fit in memory
TOTAL_LIMIT = 2**34  # bytes that one archive may expand to
BLOCK = tarfile.BLOCKSIZE
CHUNK = 2**16
ZIP_END = 22  # bytes of the record that ends a zip file; its bytes 10 and 11 count the entries
ZIP64 = 2**16 - 1  # stands for a count that is kept elsewhere

Wanted = Callable[[str], bool]


class _Refused(Exception):
    """Why an archive, or a member of it, is not read."""


# What the standard library raises for damaged data, found by fuzzing (tests/corpora/sources/test_archive.py). Of the
# kinds of OSError only gzip.BadGzipFile: others are the disk's fault, not the archive's.
DAMAGE = (
    _Refused,
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
)


def members(path: Path, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """Yield (name, contents) of every file in a zip or tar archive whose name is `wanted`, in archive order.

    Names are plain: parts with one `/` between them, and no leading `./`.

    Raises:
        PipelineError: the archive is missing, is damaged or cut short, expands beyond MEMBER_LIMIT or
            TOTAL_LIMIT, holds a wanted name twice, or holds (wanted or not) an absolute path, a path
            with `..`, a link or a device. What was yielded before is then not to be relied on.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
            stream.seek(0)
            read = _zip_members if start[:2] == b"PK" else _tar_members
            seen = set()
            for name, contents in read(stream, wanted):
                if name in seen:
                    raise _Refused(f"it holds {name} twice")
                seen.add(name)
                yield name, contents
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing: fetch it again (`{how_to_build(path)}`)") from None
    except DAMAGE as error:
        raise _unreadable(str(path), error) from None
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise _unreadable(str(path), _Refused("its directory is damaged")) from None  # zipfile sought before the start


def gunzip(compressed: bytes, name: str) -> bytes:
    """Decompress the bytes of a .gz file, called `name` in errors.

    Raises:
        PipelineError: they are damaged, cut short, or expand beyond MEMBER_LIMIT.
    """
    try:
        if not compressed:
            raise EOFError("it is empty")
        with gzip.GzipFile(fileobj=io.BytesIO(compressed)) as stream:
            contents = stream.read(MEMBER_LIMIT + 1)
            if len(contents) > MEMBER_LIMIT:
                raise _Refused(f"it expands to more than {MEMBER_LIMIT} bytes")
    except DAMAGE as error:
        raise _unreadable(name, error) from None
    return contents


def _unreadable(archive: str, error: Exception) -> PipelineError:
    text = str(error) or type(error).__name__
    return PipelineError(f"{archive} cannot be read: {text}; fetch it again, or choose another edition")


def _safe(name: str) -> str:
    """The name in its plain form, if on every system it stays within a directory."""
    parts = re.split(r"[/\\]", name)
    if not name or parts[0] == "" or ".." in parts or re.match(r"[A-Za-z]:", name):
        raise _Refused(f"its member {name!r} points outside the archive")
    return "/".join(part for part in parts if part not in ("", "."))


def _check_size(name: str, size: int) -> None:
    if not 0 <= size <= MEMBER_LIMIT:
        raise _Refused(f"its member {name!r} claims {size} bytes (at most {MEMBER_LIMIT} are read)")


def _check_total(total: int) -> None:
    if total > TOTAL_LIMIT:
        raise _Refused(f"it expands to more than {TOTAL_LIMIT} bytes")


def _zip_members(stream: io.BufferedIOBase, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    total = 0
    with zipfile.ZipFile(stream) as archive:
        stream.seek(-ZIP_END - len(archive.comment), io.SEEK_END)
        if int.from_bytes(stream.read(ZIP_END)[10:12], "little") not in (len(archive.infolist()), ZIP64):
            raise _Refused("its directory is damaged")  # zipfile does not count the entries
        for info in archive.infolist():
            name = _safe(info.filename)
            if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _Refused(f"its member {info.filename!r} is a link or a device")
            if info.is_dir() or not wanted(name):
                continue
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _Refused(f"its member {info.filename!r} is compressed in a way that is not read here")
            _check_size(info.filename, info.file_size)
            total += info.file_size
            _check_total(total)
            with archive.open(info) as member:
                contents = member.read(info.file_size + 1)  # to the end, where the checksum is compared
            if len(contents) != info.file_size:
                raise _Refused(f"its member {info.filename!r} is cut short")
            yield name, contents


class _Forward:
    """What tarfile needs of a file, over a stream that is read once: every byte counts towards the limits.

    `last` is the latest whole read: tarfile takes a damaged header for the end of the archive, and only
    a block of zeros really is.
    """

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self.stream, self.position, self.last = stream, 0, b""

    def tell(self) -> int:
        return self.position

    def read(self, size: int) -> bytes:
        if not 0 <= size <= MEMBER_LIMIT:
            raise _Refused(f"one of its headers claims {size} bytes")
        self.last = self.stream.read(size)
        self.position += len(self.last)
        _check_total(self.position)
        return self.last

    def seek(self, position: int) -> None:
        if position < self.position:
            raise _Refused("its headers lead backwards")
        while self.position < position and self.read(min(position - self.position, CHUNK)):
            pass


def _tar_members(stream: io.BufferedIOBase, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    start = stream.read(2)
    stream.seek(0)
    forward = _Forward(gzip.GzipFile(fileobj=stream) if start == b"\x1f\x8b" else stream)  # type: ignore[arg-type]
    with tarfile.open(fileobj=forward, mode="r:") as archive:  # type: ignore[call-overload]
        while (info := archive.next()) is not None:
            archive.members.clear()  # tarfile keeps them all
            name = _safe(info.name)
            if info.isdir():
                continue
            if not info.isreg() or info.issparse():
                raise _Refused(f"its member {info.name!r} is a link, a device or a sparse file")
            if wanted(name):
                _check_size(info.name, info.size)
                forward.seek(info.offset_data)
                contents = forward.read(info.size)
                if len(contents) != info.size:
                    raise _Refused(f"its member {info.name!r} is cut short")
                yield name, contents
    if forward.last != bytes(BLOCK):
        raise _Refused("it is cut short, or one of its headers is damaged")
    while forward.read(CHUNK):  # to the end, where gzip's checksum is compared
        pass
