"""A download ends as the right bytes or as an error, whatever the server does on the way."""

import hashlib
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.corpora.sources import index
from pipeline.corpora.sources.download import DOWNLOADS, Unavailable, download, redacted

BODY = random.Random(0).randbytes(1_000_000)
HASH = hashlib.sha256(BODY).hexdigest()
PART = DOWNLOADS / f"{HASH}.part"
SETTINGS = index.PipSettings(indexes=(), find_links=(), trusted_hosts=(), cert=None, proxy=None)


@pytest.fixture
def client(sandbox: Path) -> Iterator[index.PyPIClient]:
    with index.client(SETTINGS) as made:
        yield made


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@a.org/b?key=c#d", "https://a.org/b"),
        ("http://me:p@ss@127.0.0.1/a", "http://127.0.0.1/a"),
        ("http://me:p/w@h/x", "http://h/x"),
        ("http://me:se#cret@h/x", "http://h/x"),
        ("http://me:se?cret@h/x?key=c", "http://h/x"),
        ("http://me:p@s/w@h/x", "http://h/x"),
        ("http://[::1]:8080/a@b", "http://[::1]:8080/a@b"),
        ("http://a.org:8080/@scope/b", "http://a.org:8080/@scope/b"),
        ("https://a.org/b@c", "https://a.org/b@c"),
        ("file:///a/b@c", "file:///a/b@c"),
    ],
)
def test_no_password_is_shown(url, shown):
    assert redacted(url) == shown


def get(client, web, path="/a"):
    return download(client, web.url(path), HASH, "a")


def test_whole_file_is_named_by_its_hash_and_fetched_once(client, web):
    web.files["/a"] = BODY
    assert get(client, web).read_bytes() == BODY
    assert get(client, web) == DOWNLOADS / HASH
    assert web.served == [("/a", None, len(BODY))]
    assert not PART.exists()


def test_kept_download_that_was_changed_is_fetched_again(client, web):
    web.files["/a"] = BODY
    get(client, web).write_bytes(b"edited")
    assert get(client, web).read_bytes() == BODY
    assert len(web.served) == 2


def test_broken_connections_are_resumed_where_they_broke(client, web):
    web.files["/a"], web.faults["/a"] = BODY, ["drop", "drop"]
    assert get(client, web).read_bytes() == BODY
    assert [asked for _, asked, _ in web.served] == [None, "bytes=500000-", "bytes=750000-"]
    assert sum(sent for *_, sent in web.served) == len(BODY)


def test_resumes_what_an_earlier_run_left(client, web):
    web.files["/a"], web.faults["/a"] = BODY, ["drop", 404]
    with pytest.raises(Unavailable, match="404"):
        get(client, web)
    assert PART.read_bytes() == BODY[:500_000]
    assert get(client, web).read_bytes() == BODY
    assert web.served[-1] == ("/a", "bytes=500000-", 500_000)


@pytest.mark.parametrize("fault", ["no range", "wrong range"])
def test_starts_again_where_the_server_does_not_resume(client, web, fault):
    web.files["/a"], web.faults["/a"] = BODY, ["drop", fault]
    assert get(client, web).read_bytes() == BODY


@pytest.mark.parametrize("part", [b"x" * 400, BODY[:-1] + b"!", BODY + b"more", b"x" * 2_000_000])
def test_starts_again_where_the_part_is_bad(client, web, part):
    web.files["/a"] = BODY
    PART.parent.mkdir(parents=True)
    PART.write_bytes(part)
    assert get(client, web).read_bytes() == BODY


def test_part_that_is_complete_needs_no_bytes(client, web):
    web.files["/a"] = BODY
    PART.parent.mkdir(parents=True)
    PART.write_bytes(BODY)
    assert get(client, web).read_bytes() == BODY
    assert sum(sent for *_, sent in web.served) == 0


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_failures_are_retried(client, web, status):
    web.files["/a"], web.faults["/a"] = BODY, [status, status, status]
    assert get(client, web).read_bytes() == BODY


def test_lasting_failures_end_after_four_attempts(client, web):
    web.files["/a"], web.faults["/a"] = BODY, [503] * 5
    with pytest.raises(Unavailable, match=r"/a \(HTTP 503"):
        get(client, web)
    assert len(web.served) == 4


def test_missing_file_is_not_retried(client, web):
    with pytest.raises(Unavailable, match="HTTP 404"):
        get(client, web)
    assert len(web.served) == 1


@pytest.mark.parametrize("body", [BODY[:-1], BODY[:500] + bytes([BODY[500] ^ 1]) + BODY[501:], b""])
def test_other_bytes_are_refused_and_removed(client, web, body):
    web.files["/a"] = body
    with pytest.raises(Unavailable) as error:
        get(client, web)
    assert HASH in str(error.value) and hashlib.sha256(body).hexdigest() in str(error.value)
    assert not PART.exists() and not (DOWNLOADS / HASH).exists()


def test_nobody_answers_and_credentials_are_not_printed(client):
    with pytest.raises(Unavailable, match=r"http://127.0.0.1:9/a \(.*refused") as error:
        download(client, "http://me:secret@127.0.0.1:9/a?token=secret", HASH, "a")
    assert "secret" not in str(error.value)


def test_local_file_with_a_difficult_name(client, tmp_path):
    path = tmp_path / "ünicode % name#1?.bin"
    path.write_bytes(BODY)
    assert download(client, path.as_uri(), HASH, "a").read_bytes() == BODY


def test_two_processes_at_once_fetch_it_once(client, web):
    web.files["/a"], web.faults["/a"] = BODY, ["drop"]
    code = (
        "from pipeline.corpora.sources import index; from pipeline.corpora.sources.download import download\n"
        "with index.client(index.PipSettings((), (), (), None, None)) as client:\n"
        f"    print(download(client, {web.url('/a')!r}, {HASH!r}, 'a'))"
    )
    root = Path(index.__file__).parents[3]
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{code}"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [run.communicate()[0].strip() for run in runs] == [str(DOWNLOADS / HASH)] * 2
    assert (DOWNLOADS / HASH).read_bytes() == BODY
    assert sum(sent for *_, sent in web.served) == len(BODY)
