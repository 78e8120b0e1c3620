"""data/raw/NAME appears whole, with exactly the files of its edition, or is left as it was."""

import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import PipelineError, run_stage
from pipeline.corpora.sources import editions, fetch

PROJECT = Path(fetch.__file__).parents[3]


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def known(**files: list[dict]) -> editions.Sources:
    """A corpus `imdb` with the given editions."""
    of_imdb = {name: {"reader": "text", "files": entries} for name, entries in files.items()}
    Path("sources.yaml").write_text(yaml.safe_dump({"imdb": of_imdb}))
    return editions.load(Path("sources.yaml"))


def contents() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path("data/raw/imdb").iterdir() if path.name != "source.json"}


def test_an_edition_from_an_index_a_url_and_a_path(sandbox, web, monkeypatch):
    project = sandbox / "simple" / "demo"
    project.mkdir(parents=True)
    (project / "demo-1.0.tar.gz").write_bytes(b"not even an archive")
    (project / "index.html").write_text('<a href="demo-1.0.tar.gz">demo-1.0.tar.gz</a>')
    monkeypatch.setenv("PIP_INDEX_URL", (sandbox / "simple").as_uri())
    web.files["/dir/b%20c.txt"] = b"from the web"
    (sandbox / "mine.txt").write_bytes(b"")
    files = [
        {"package": "demo==1.0", "name": "demo-1.0.tar.gz", "sha256": digest(b"not even an archive")},
        {"url": web.url("/dir/b%20c.txt"), "sha256": digest(b"from the web").upper()},
        {"path": "mine.txt", "name": "other.txt", "sha256": digest(b"")},
    ]
    fetch.fetch("imdb", "mine", known(mine=files))
    expected = {"demo-1.0.tar.gz": b"not even an archive", "b c.txt": b"from the web", "other.txt": b""}
    assert contents() == expected
    assert json.loads(Path("data/raw/imdb/source.json").read_text()) == {
        "corpus": "imdb",
        "edition": "mine",
        "reader": "text",
        "files": [{"name": name, "sha256": digest(body)} for name, body in expected.items()],
    }


def test_another_edition_replaces_the_files(sandbox, web):
    web.files |= {"/a": b"a", "/b": b"b"}
    files = {name: [{"url": web.url(f"/{name}"), "sha256": digest(name.encode())}] for name in "ab"}
    for name in "ab":
        fetch.fetch("imdb", name, known(**files))
        assert contents() == {name: name.encode()}


def test_a_failure_leaves_what_was_there_and_names_the_alternatives(sandbox, web):
    web.files |= {"/a": b"a", "/b": b"tampered"}
    good = [{"url": web.url("/a"), "sha256": digest(b"a")}]
    bad = [*good, {"url": web.url("/b"), "sha256": digest(b"b")}]
    both = known(good=good, bad=bad)
    fetch.fetch("imdb", "good", both)
    with pytest.raises(PipelineError, match=r"imdb \(edition 'bad'\).*/b has SHA-256.*`path`.*other editions.*: good"):
        fetch.fetch("imdb", "bad", both)
    assert contents() == {"a": b"a"}
    assert json.loads(Path("data/raw/imdb/source.json").read_text())["edition"] == "good"
    assert [path.name for path in Path("data/raw").iterdir()] == ["imdb"]


def test_editing_the_fetched_copy_does_not_reach_the_kept_download(sandbox, web):
    web.files["/a"] = b"a"
    edition = known(mine=[{"url": web.url("/a"), "sha256": digest(b"a")}])
    fetch.fetch("imdb", "mine", edition)
    with Path("data/raw/imdb/a").open("r+b") as stream:
        stream.write(b"b")
    fetch.fetch("imdb", "mine", edition)
    assert contents() == {"a": b"a"}
    assert len(web.served) == 1


@pytest.mark.parametrize("path", ["absent.txt", ".", "~nobody-of-this-name/a", "pipe"])
def test_no_such_local_file(sandbox, path):
    os.mkfifo("pipe")
    for place in ({"path": path}, {"url": (sandbox / path).as_uri()}):
        with pytest.raises(PipelineError, match=r"imdb.*there is no file"):
            fetch.fetch("imdb", "mine", known(mine=[{**place, "name": "a", "sha256": digest(b"")}]))


def test_command_line(sandbox, monkeypatch, capsys):
    values = yaml.safe_load((PROJECT / "params.yaml").read_text())
    values["corpora"]["vectors"]["edition"] = "mistyped"
    Path("params.yaml").write_text(yaml.safe_dump(values))

    def run(name: str) -> None:
        monkeypatch.setattr(sys, "argv", ["fetch", name])
        run_stage(fetch.main)

    run("parity")
    assert json.loads(Path("data/raw/parity/source.json").read_text())["files"] == []
    with pytest.raises(SystemExit, match=r"^error: vectors has no edition 'mistyped': [^\n]*official, packaged"):
        run("vectors")
    with pytest.raises(SystemExit, match=r"^error: there is no corpus 'copy': [^\n]*imdb"):
        run("copy")
