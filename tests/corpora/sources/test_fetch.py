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


@pytest.mark.parametrize("by", ["folder", "file", "web"])
def test_a_mirror_is_looked_at_first(sandbox, web, monkeypatch, by):
    """It needs no other place for what it has; what it lacks comes from where it always comes from."""
    (sandbox / "mirror").mkdir()
    for folder in (sandbox / "mirror", sandbox):
        (folder / "a b.whl").write_bytes(b"mirrored")
    web.files |= {"/class/a%20b.whl": b"mirrored", "/other": b"elsewhere"}
    places = {"folder": "mirror", "file": (sandbox / "mirror").as_uri(), "web": web.url("/class/")}
    monkeypatch.setenv("MIRROR", places[by])
    monkeypatch.setenv("PIP_INDEX_URL", (sandbox / "no-index").as_uri())
    files = [
        {"package": "demo==1.0", "name": "a b.whl", "sha256": digest(b"mirrored")},
        {"url": web.url("/other"), "sha256": digest(b"elsewhere")},
    ]
    fetch.fetch("imdb", "mine", known(mine=files))
    assert contents() == {"a b.whl": b"mirrored", "other": b"elsewhere"}


@pytest.mark.parametrize("by", ["folder", "web"])
def test_another_file_of_that_name_in_a_mirror_is_an_error(sandbox, web, monkeypatch, by):
    (sandbox / "a").write_bytes(b"another")
    web.files |= {"/a": b"another", "/right/a": b"a"}
    monkeypatch.setenv("MIRROR", {"folder": ".", "web": web.url("")}[by])
    edition = known(mine=[{"url": web.url("/right/a"), "sha256": digest(b"a")}])
    with pytest.raises(PipelineError, match=r"/a has SHA-256 .* where sources.yaml expects"):
        fetch.fetch("imdb", "mine", edition)
    assert not Path("data").exists()


@pytest.mark.parametrize("mirror", ["absent", "http://127.0.0.1:9/mirror"])
def test_a_mirror_that_is_not_there_is_an_error(sandbox, web, monkeypatch, mirror):
    """Else a classroom would go to the internet without knowing it."""
    monkeypatch.setattr("pipeline.corpora.sources.download.PAUSES", ())
    monkeypatch.setenv("MIRROR", mirror)
    web.files["/a"] = b"a"
    with pytest.raises(PipelineError, match=r"cannot fetch imdb .*(MIRROR is absent|127\.0\.0\.1:9/mirror/a)"):
        fetch.fetch("imdb", "mine", known(mine=[{"url": web.url("/a"), "sha256": digest(b"a")}]))


def test_a_mirror_may_be_the_only_place(sandbox, monkeypatch):
    """Of a file that cannot be had from the web, sources.yaml knows the name and the hash."""
    edition = known(mine=[{"url": None, "name": "a", "sha256": digest(b"a")}])
    with pytest.raises(PipelineError, match="'mine' of imdb is not complete: fill in `url` of a "):
        fetch.fetch("imdb", "mine", edition)
    monkeypatch.setenv("MIRROR", ".")
    with pytest.raises(PipelineError, match="MIRROR has no a, and pipeline/corpora/sources.yaml names no other place"):
        fetch.fetch("imdb", "mine", edition)
    assert not Path("data").exists()
    (sandbox / "a").write_bytes(b"a")
    fetch.fetch("imdb", "mine", edition)
    assert contents() == {"a": b"a"}
