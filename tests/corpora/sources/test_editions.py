"""sources.yaml says exactly one thing of every file, or one line says what is wrong with it."""

from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import PipelineError
from pipeline.core.params import section
from pipeline.corpora.catalogue import corpora
from pipeline.corpora.sources import editions

ROOT = Path(__file__).parents[3]

HASH = "0" * 63 + "a"
URL = {"url": "https://example.org/a.zip", "sha256": HASH}


def load(tmp_path: Path, *files: object, **edition: object) -> editions.Edition:
    entry = {"reader": "text", "files": list(files)} | edition
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump({"imdb": {"mine": entry}}))
    return editions.edition(editions.load(tmp_path / "sources.yaml"), "imdb", "mine")


def test_every_corpus_has_the_edition_of_params_yaml():
    known = editions.load()
    for corpus, settings in corpora().items():
        editions.edition(known, corpus, section(f"corpora.{corpus}", settings, ROOT / "params.yaml").edition)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        (URL, "a.zip"),
        (URL | {"url": "http://example.org/x/b%20c.gz?raw=1"}, "b c.gz"),
        (URL | {"url": "file:///tmp/d"}, "d"),
        ({"path": "/tmp/e.txt", "sha256": HASH}, "e.txt"),
        ({"path": "/tmp/e.txt", "name": "f.txt", "sha256": HASH.upper()}, "f.txt"),
        ({"package": "a-b==1.0", "name": "a_b-1.0-py3-none-any.whl", "sha256": HASH}, "a_b-1.0-py3-none-any.whl"),
    ],
)
def test_names(tmp_path, file, name):
    assert [(f.name, f.sha256) for f in load(tmp_path, file).files] == [(name, HASH)]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ({"sha256": HASH, "name": "a"}, "exactly one of package, url, path (found none)"),
        (URL | {"path": "/tmp/a.zip"}, "found url, path"),
        (URL | {"path": None}, "found url, path"),
        ({"package": "a==1", "sha256": HASH}, "needs a `name`"),
        ({"url": None, "sha256": HASH}, "needs a `name`"),
        ({"package": "a>=1", "name": "a.whl", "sha256": HASH}, "package"),
        (URL | {"url": "ftp://example.org/a"}, "ftp://example.org/a"),
        (URL | {"url": "https://example.org/x/.."}, "cannot be the name"),
        (URL | {"name": "../a"}, "cannot be the name"),
        (URL | {"name": "a\\b"}, "cannot be the name"),
        (URL | {"name": "source.json"}, "cannot be the name"),
        (URL | {"sha256": HASH[1:]}, "sha256"),
        (URL | {"sha256": 12}, "sha256"),
        ({"url": "https://example.org/a"}, "sha256"),
        (URL | {"md5": "0"}, "files.0.md5: unknown key"),
        ("a.zip", "files.0"),
    ],
)
def test_refused_files(tmp_path, file, message):
    with pytest.raises(PipelineError) as error:
        load(tmp_path, file)
    assert message in str(error.value) and "imdb.mine" in str(error.value)


def test_refused_editions(tmp_path):
    with pytest.raises(PipelineError, match="imdb.mine.files: .*same name"):
        load(tmp_path, URL, URL)
    with pytest.raises(PipelineError, match="imdb.mine.reader"):
        load(tmp_path, reader="")
    with pytest.raises(PipelineError, match=r"imdb\.mine\.limit: unknown key"):
        load(tmp_path, limit=3)


@pytest.mark.parametrize("text", ["imdb: [", "[]", "", "imdb: {mine: 3}", "imdb: {}\nimdb: {}"])
def test_not_such_a_file(tmp_path, text):
    (tmp_path / "sources.yaml").write_text(text)
    with pytest.raises(PipelineError, match=r"sources\.yaml"):
        editions.load(tmp_path / "sources.yaml")


@pytest.mark.parametrize("key", ["url", "sha256"])
def test_what_the_user_has_to_fill_in(tmp_path, key):
    with pytest.raises(PipelineError, match=f"'mine' of imdb is not complete: fill in `{key}` of b.zip"):
        load(tmp_path, URL | {"name": "b.zip", key: None})


def test_unknown_names_tell_those_there_are():
    known = editions.load()
    with pytest.raises(PipelineError, match=r"translation has no edition 'x'.*official, packaged, tatoeba"):
        editions.edition(known, "translation", "x")
    with pytest.raises(PipelineError, match=r"no corpus 'x'.*conll2003"):
        editions.edition(known, "x", "packaged")
