"""Package indexes as pip sees them: the user's own index, mirror, proxy and certificates apply here too."""

import ast
import logging
import os
import re
import ssl
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
from unearth import Link, PackageFinder
from unearth.auth import MultiDomainBasicAuth
from unearth.fetchers import PyPIClient

from pipeline.core.errors import PipelineError
from pipeline.corpora.sources.download import Unavailable, raise_transient, reason, redacted, retrying

PYPI = "https://pypi.org/simple"
SECTIONS = ("global", "install", "download", ":env:")  # a later one wins, as in pip
TIMEOUT = httpx2.Timeout(60, connect=15)  # seconds; 60 without a byte is a dead connection


@dataclass(frozen=True)
class PipSettings:
    """What pip is set up with. URLs may hold credentials: print them redacted."""

    indexes: tuple[str, ...]
    find_links: tuple[str, ...]
    trusted_hosts: tuple[str, ...]
    cert: str | None
    proxy: str | None


def pip_settings() -> PipSettings:
    """Read pip's configuration files and PIP_* variables, through pip itself.

    Raises:
        PipelineError: there is no pip beside this Python, or its configuration is broken.
    """
    run = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    if run.returncode:
        last = " ".join(run.stderr.strip().splitlines()[-3:])
        raise PipelineError(f"pip's settings cannot be read (`{sys.executable} -m pip config list`): {last}")
    values: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for section, key, value in re.findall(r"^([^.\s]+)\.([\w-]+)=(['\"].*)$", run.stdout, flags=re.MULTILINE):
        if section in values and ast.literal_eval(value):
            values[section][key] = ast.literal_eval(value)
    merged = {key: value for section in SECTIONS for key, value in values[section].items()}

    indexes = [merged.get("index-url", PYPI), *merged.get("extra-index-url", "").split()]
    if merged.get("no-index", "").lower() in ("y", "yes", "t", "true", "on", "1"):
        indexes = []
    proxy = merged.get("proxy")
    return PipSettings(
        indexes=tuple(indexes),
        find_links=tuple(merged.get("find-links", "").split()),
        trusted_hosts=tuple(merged.get("trusted-host", "").split()),
        cert=merged.get("cert") or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE"),
        proxy=f"http://{proxy}" if proxy and "://" not in proxy else proxy,
    )


def client(settings: PipSettings) -> PyPIClient:
    """An HTTP client (file:// too) for indexes and all other URLs, to be closed by the caller."""
    verify: ssl.SSLContext | bool = True
    if settings.cert:
        path = Path(settings.cert).expanduser()
        try:
            if path.is_dir():
                verify = ssl.create_default_context(capath=str(path))
            else:
                verify = ssl.create_default_context(cafile=str(path))
        except OSError as error:
            raise PipelineError(f"the certificates that pip is set up with, {path}, cannot be used: {error}") from None
    try:
        made = PyPIClient(
            trusted_hosts=settings.trusted_hosts,
            verify=verify,
            proxy=settings.proxy,
            timeout=TIMEOUT,
            follow_redirects=True,
            event_hooks={"response": [raise_transient]},
        )
    except (ValueError, httpx2.InvalidURL) as error:
        raise PipelineError(f"the proxy that is set up for pip or in the environment cannot be used: {error}") from None
    made.auth = MultiDomainBasicAuth(prompting=False, index_urls=settings.indexes)
    return made


def _links(client: PyPIClient, url: str, is_index: bool, project: str) -> list[Link]:
    finder = PackageFinder(client, ignore_compatibility=True)  # type: ignore[arg-type]  # its own client, as it documents
    finder.sources = [{"url": url, "type": "index" if is_index else "find_links"}]
    return [package.link for package in finder.find_all_packages(project, allow_yanked=True)]


class _Warnings(logging.Handler):
    """unearth tells why an index was skipped in its log alone."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def locate(client: PyPIClient, settings: PipSettings, package: str, name: str, sha256: str) -> str:
    """The URL of the file called `name`, of the package `NAME==VERSION`, in the first place that has it.

    Nothing is built or run to find out, and whether the file suits this Python does not matter.

    Raises:
        Unavailable: no place has it; the text says what happened in each.
    """
    project = package.partition("==")[0]
    failures = []
    places = [(url, False) for url in settings.find_links] + [(url, True) for url in settings.indexes]
    warnings = _Warnings()
    logging.getLogger("unearth").addHandler(warnings)
    try:
        for url, is_index in places:
            warnings.messages.clear()
            try:
                links = retrying(partial(_links, client, url, is_index, project))
            except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
                failures.append(f"{redacted(url)} ({reason(error)})")
                continue
            for link in links:
                if link.filename == name and sha256 in (link.hash_option or {}).get("sha256", [sha256]):
                    return link.url_without_fragment
            said = dict.fromkeys(message for message in warnings.messages if "(404)" not in message)
            failures.append(f"{redacted(url)} ({'; '.join(said) or 'does not have it'})")
    finally:
        logging.getLogger("unearth").removeHandler(warnings)
    raise Unavailable(f"{name} was not found where pip is set up to look: {', '.join(failures) or 'nowhere'}")
