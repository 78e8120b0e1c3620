"""Verified downloads: whatever the place, a file gets its name only once its SHA-256 is the expected one.

Downloads are kept by their hash under `.cache/downloads`, so that what was fetched once is not fetched
again; `SHA256.part` is an unfinished one, which the next attempt continues.
"""

import hashlib
import os
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import httpx2
from tqdm import tqdm

from pipeline.core.files import locked

DOWNLOADS = Path(".cache/downloads")
PAUSES = (1.0, 2.0, 4.0)  # seconds before the second, third and fourth attempt
TRANSIENT = {408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527}  # HTTP statuses worth another attempt
ABSENT = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}

T = TypeVar("T")


class Unavailable(Exception):
    """A file that cannot be fetched. The text says from where and why, without credentials."""


class Missing(Unavailable):
    """The place answers that it has no such file."""


def raise_transient(response: httpx2.Response) -> None:
    """An HTTP client's response hook: make a passing failure of the server an error to retry."""
    if response.status_code in TRANSIENT:
        response.raise_for_status()


def retrying(action: Callable[[], T]) -> T:
    """Repeat `action` after a transport error or a transient status, a bounded number of times."""
    for pause in PAUSES:
        try:
            return action()
        except httpx2.HTTPStatusError as error:
            if error.response.status_code not in TRANSIENT:
                raise
        except httpx2.TransportError:
            pass
        time.sleep(pause)
    return action()


def reason(error: Exception) -> str:
    """Why a request failed, in a few words."""
    if isinstance(error, httpx2.HTTPStatusError):
        return f"HTTP {error.response.status_code} {error.response.reason_phrase}".strip()
    return str(error) or type(error).__name__


def redacted(url: str) -> str:
    """A URL fit to be printed: no user, password, query or fragment."""
    scheme, slashes, rest = url.partition("//")
    host = re.split(r"[/?#]", rest)[0]
    if "@" in host or not re.fullmatch(r"(\[[^]]*\]|[^:]*)(:\d*)?", host):
        # A password may hold each of / ? # @, which should have been written %2F and so on.
        rest = rest.rpartition("@")[2]
    return re.split(r"[?#]", f"{scheme}{slashes}{rest}")[0]


def download(client: httpx2.Client, url: str, sha256: str, name: str) -> Path:
    """Fetch a URL and return the path of the verified file, which is named by its hash.

    Args:
        client: with `raise_transient` among its hooks.
        url: http(s):// or file://.
        sha256: of the whole file.
        name: for the progress bar.

    Raises:
        Missing: there is no such file.
        Unavailable: nothing answers there, or its hash is another. What came through stays for the next attempt,
            except where the hash is wrong.
    """
    whole, part = DOWNLOADS / sha256, DOWNLOADS / f"{sha256}.part"
    with locked(DOWNLOADS / f"{sha256}.lock"):
        if whole.exists():
            if _hash(whole).hexdigest() == sha256:
                return whole
            whole.unlink()  # changed since it was verified
        part.touch()
        starts = []  # how much of the file each attempt found here

        def attempt() -> str:
            starts.append(part.stat().st_size)
            return _continue(client, url, part, name)

        try:
            found = retrying(attempt)
            if found != sha256 and any(starts):  # perhaps pieces of different files
                part.write_bytes(b"")
                found = retrying(attempt)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            absent = isinstance(error, httpx2.HTTPStatusError) and error.response.status_code in ABSENT
            raise (Missing if absent else Unavailable)(f"{redacted(url)} ({reason(error)})") from None
        except OSError as error:
            error.filename = error.filename or str(part)  # a full disk does not say where
            raise
        if found != sha256:
            part.unlink()
            raise Unavailable(f"{redacted(url)} has SHA-256 {found} where sources.yaml expects {sha256}")
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.replace(whole)
    return whole


def _continue(client: httpx2.Client, url: str, part: Path, name: str) -> str:
    """Append to `part` what is missing, as far as the connection holds; return the hash of the whole."""
    hasher, start = _hash(part), part.stat().st_size
    headers = {"Accept-Encoding": "identity"}  # the hash is that of the file, not of its transfer
    if start:
        headers["Range"] = f"bytes={start}-"
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return hasher.hexdigest()  # nothing follows: `part` is the whole file, or is none of it
        response.raise_for_status()
        resumed = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        if response.status_code != HTTPStatus.PARTIAL_CONTENT or not resumed:
            hasher, start = hashlib.sha256(), 0
        with part.open("rb+") as stream, _progress(response, name, start) as bar:
            stream.truncate(start)
            stream.seek(start)
            for chunk in response.iter_raw():
                stream.write(chunk)
                hasher.update(chunk)
                bar.update(len(chunk))
    return hasher.hexdigest()


def _progress(response: httpx2.Response, name: str, start: int) -> tqdm:
    length = response.headers.get("Content-Length", "")
    total = start + int(length) if length.isdecimal() else None
    return tqdm(desc=name, total=total, initial=start, unit="B", unit_scale=True, delay=2, disable=None)


def _hash(path: Path) -> "hashlib._Hash":
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256")
