"""Archives are read to the last checksum, or refused in one line; whatever is in them, nothing else happens."""

import contextlib
import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import PipelineError
from pipeline.corpora.sources import archive

MEMBERS = {"d/one.txt": b"one" * 1000, "d/two.bin": bytes(range(256)) * 40, "empty": b"", "d/ü.txt": b"\n"}


def make_zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as writer:
        writer.mkdir("d")
        for name, body in members.items():
            writer.writestr(name, body)
    return out.getvalue()


def make_tar(members: dict[str, bytes], compress: bool = False) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as writer:
        directory = tarfile.TarInfo("./d")
        directory.type = tarfile.DIRTYPE
        writer.addfile(directory)
        for name, body in members.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(body)
            writer.addfile(info, io.BytesIO(body))
    return gzip.compress(out.getvalue(), mtime=0) if compress else out.getvalue()


def make_tar_gz(members: dict[str, bytes]) -> bytes:
    return make_tar(members, compress=True)


MAKERS = (make_zip, make_tar, make_tar_gz)
Maker = Callable[[dict[str, bytes]], bytes]


def every(path: Path) -> dict[str, bytes]:
    return dict(archive.members(path, lambda name: True))


def only(path: Path, name: str) -> dict[str, bytes]:
    return dict(archive.members(path, lambda candidate: candidate == name))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def refused(path: Path, body: bytes, message: str) -> None:
    path.write_bytes(body)
    with pytest.raises(PipelineError, match=message) as error:
        every(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("make", MAKERS)
def test_members_come_in_order_and_only_those_wanted(path, make):
    path.write_bytes(make(MEMBERS))
    assert list(archive.members(path, lambda name: True)) == list(MEMBERS.items())
    assert [name for name, _ in archive.members(path, lambda name: name.endswith(".txt"))] == ["d/one.txt", "d/ü.txt"]


def test_missing_archive(path):
    with pytest.raises(PipelineError, match="archive is missing"):
        every(path)


@pytest.mark.parametrize("body", [b"", b"PK", b"\x1f\x8b", b"<html>no such page</html>" * 100, b"\0" * 511])
def test_not_an_archive(path, body):
    refused(path, body, "cannot be read")


@pytest.mark.parametrize("name", ["../up", "d/../../up", "/etc/passwd", "..\\up", "\\up", "C:\\up", "c:up", "d/.."])
@pytest.mark.parametrize("make", MAKERS)
def test_names_that_lead_outside(path, make, name):
    if make is make_zip:
        body = make({name.replace("\\", "~"): b"x"}).replace(b"~", b"\\")  # zipfile would write `/` on some systems
        refused(path, body, "points outside")
    else:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as writer:
            writer.addfile(tarfile.TarInfo(name))
        refused(path, out.getvalue(), "points outside")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_tar(path, kind):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as writer:
        info = tarfile.TarInfo("special")
        info.type, info.linkname = kind, "/etc/passwd"
        writer.addfile(info)
    refused(path, out.getvalue(), "'special' is a link")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_in_zip(path, kind):
    info = zipfile.ZipInfo("special")
    info.external_attr = (kind | 0o644) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as writer:
        writer.writestr(info, "/etc/passwd")
    refused(path, out.getvalue(), "'special' is a link")


@pytest.mark.parametrize("make", MAKERS)
def test_limits(path, make, monkeypatch):
    monkeypatch.setattr(archive, "MEMBER_LIMIT", 100_000)
    monkeypatch.setattr(archive, "TOTAL_LIMIT", 250_000)
    path.write_bytes(make({"a": bytes(100_000), "b": bytes(100_000)}))
    assert sum(map(len, every(path).values())) == 200_000
    refused(path, make({"a": bytes(100_001)}), "a' claims 100001 bytes")
    refused(path, make({name: bytes(90_000) for name in "abc"}), "expands to more than 250000")


def test_what_is_skipped_counts_where_it_must_be_decompressed(path, monkeypatch):
    monkeypatch.setattr(archive, "TOTAL_LIMIT", 2_000_000)
    path.write_bytes(make_tar_gz({"bomb": bytes(4_000_000), "a": b"a"}))
    with pytest.raises(PipelineError, match="expands to more than"):
        only(path, "a")
    path.write_bytes(make_zip({"bomb": bytes(4_000_000), "a": b"a"}))
    assert only(path, "a") == {"a": b"a"}


def test_a_zip_that_lies_about_a_size(path):
    body = make_zip({"a": bytes(1_000_000)})
    lie = body.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lie != body
    refused(path, lie, "cannot be read")


def test_a_name_held_twice(path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as writer:
        for name in ("a", "./a"):
            writer.addfile(tarfile.TarInfo(name))
    refused(path, out.getvalue(), "holds a twice")


def test_compression_that_is_not_read(path):
    refused(path, make_zip(MEMBERS, zipfile.ZIP_BZIP2), "compressed in a way")


def test_a_tar_cut_between_members(path):
    """tarfile itself takes this for the end."""
    body = make_tar({"a": b"a" * 512, "b": b"b" * 512})
    path.write_bytes(body)
    assert list(every(path)) == ["a", "b"]
    end_of_a = body.index(b"a" * 512) + 512
    refused(path, body[:end_of_a], "cut short")
    header = bytearray(body)
    header[end_of_a] ^= 1  # the header of b no longer has its checksum
    refused(path, bytes(header), "damaged")


def test_gunzip(monkeypatch):
    body = gzip.compress(b"abc" * 1000)
    assert archive.gunzip(body, "a.gz") == b"abc" * 1000
    monkeypatch.setattr(archive, "MEMBER_LIMIT", 2999)
    with pytest.raises(PipelineError, match=r"a\.gz.*more than 2999"):
        archive.gunzip(body, "a.gz")


ORIGINALS = {make: make(MEMBERS) for make in MAKERS}


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(make=st.sampled_from(MAKERS), data=st.data())
def test_damage_never_gets_through(tmp_path, make, data):
    original = ORIGINALS[make]
    flips = data.draw(st.lists(st.tuples(st.integers(0, len(original) - 1), st.integers(1, 255)), max_size=3))
    end = data.draw(st.one_of(st.just(len(original)), st.integers(0, len(original))))
    damaged = bytearray(original)
    for place, bits in flips:
        damaged[place] ^= bits
    path = tmp_path / "archive"
    path.write_bytes(damaged[:end])
    try:
        found = every(path)
    except PipelineError:
        return
    if make is not make_tar:  # a plain tar has no checksum of its contents
        assert found == MEMBERS


@settings(max_examples=100)
@given(st.data())
def test_damaged_gz_never_gets_through(data):
    original = gzip.compress(MEMBERS["d/two.bin"])
    damaged = bytearray(original)
    place = data.draw(st.integers(0, len(original) - 1))
    damaged[place] ^= data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(original)), st.integers(0, len(original) - 1)))
    with contextlib.suppress(PipelineError):
        assert archive.gunzip(bytes(damaged[:end]), "a.gz") == MEMBERS["d/two.bin"]
