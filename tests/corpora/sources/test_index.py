"""Packaged files come from wherever pip is set up to look, and nothing of them is ever run."""

import base64
from pathlib import Path

import pytest

from pipeline.core.errors import PipelineError
from pipeline.corpora.sources import index
from pipeline.corpora.sources.download import Unavailable

HASH = "a" * 64
WHEEL = "demo_data-1.0-cp27-none-win32.whl"  # suits no Python here
SDIST = "demo-data-1.0.tar.gz"


def page(*links: str) -> str:
    return "<!DOCTYPE html><html><body>" + "".join(links) + "</body></html>"


def anchor(name: str, base: str = "", fragment: str = "", attributes: str = "") -> str:
    return f'<a href="{base}{name}{fragment}" {attributes}>{name}</a>'


def simple(root: Path, *links: str) -> str:
    """A directory laid out as an index, and its URL."""
    (root / "demo-data").mkdir(parents=True)
    (root / "demo-data" / "index.html").write_text(page(*links))
    return root.as_uri()


def settings(*indexes: str, find_links: tuple[str, ...] = ()) -> index.PipSettings:
    return index.PipSettings(indexes, find_links, trusted_hosts=(), cert=None, proxy=None)


def locate(pip: index.PipSettings, name: str = WHEEL) -> str:
    with index.client(pip) as client:
        return index.locate(client, pip, "Demo_Data==1.0", name, HASH)


@pytest.mark.parametrize("name", [WHEEL, SDIST])
@pytest.mark.parametrize("attributes", ["", "data-yanked='oh'", "data-requires-python='&gt;=99'"])
def test_the_pinned_file_is_taken_whatever_it_says_of_itself(sandbox, name, attributes):
    other = anchor("demo_data-1.1-py3-none-any.whl")
    url = simple(sandbox / "simple", other, anchor(name, fragment=f"#sha256={HASH}", attributes=attributes))
    assert locate(settings(url), name) == f"{url}/demo-data/{name}"


def test_a_file_of_the_same_name_with_another_hash_is_passed_over(sandbox):
    wrong = simple(sandbox / "one", anchor(WHEEL, fragment=f"#sha256={'b' * 64}"))
    right = simple(sandbox / "two", anchor(WHEEL))
    assert locate(settings(wrong, right)) == f"{right}/demo-data/{WHEEL}"


def test_find_links_directory(sandbox):
    (sandbox / "wheels").mkdir()
    (sandbox / "wheels" / WHEEL).touch()
    assert locate(settings(find_links=("wheels",))) == (sandbox / "wheels" / WHEEL).as_uri()


def test_an_index_that_is_away_does_not_hide_the_next(sandbox, web):
    web.files["/simple/demo-data/"] = page(anchor(WHEEL)).encode()
    web.faults["/simple/demo-data/"] = [503, 503]
    assert locate(settings("http://127.0.0.1:9/simple", web.url("/simple"))) == web.url(f"/simple/demo-data/{WHEEL}")


def test_the_index_user_and_password_are_used_and_not_printed(sandbox, web):
    web.login = "Basic " + base64.b64encode(b"me:secret").decode()
    web.files["/simple/demo-data/"] = page(anchor(WHEEL, base=web.url("/files/"))).encode()
    private = web.url("/simple").replace("://", "://me:secret@")
    assert locate(settings(private)) == web.url(f"/files/{WHEEL}")
    with pytest.raises(Unavailable, match="does not have it") as error:
        locate(settings(private), SDIST)
    assert "secret" not in str(error.value)
    with pytest.raises(Unavailable, match="401"):
        locate(settings(web.url("/simple")))


def test_every_place_says_why_not(sandbox, web):
    empty = simple(sandbox / "simple")
    with pytest.raises(Unavailable) as error:
        locate(settings("http://127.0.0.1:9/simple", empty, "http://example.invalid/simple", find_links=("absent",)))
    for part in (WHEEL, "absent", "refused", f"{empty} (does not have it)", "not being trusted"):
        assert part in str(error.value)


def test_settings_are_those_of_pip(sandbox, monkeypatch):
    (sandbox / "pip.conf").write_text(
        "[global]\nindex-url = https://one/simple\nextra-index-url =\n  https://two/simple\n  https://three/simple\n"
        "find-links = wheels\nproxy = me@proxy:3128\n"
        "[install]\nfind-links = more\ntrusted-host = one two:80\n[freeze]\ncert = no.pem\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", "pip.conf")
    monkeypatch.setenv("PIP_INDEX_URL", "https://four/simple?a='b'")
    monkeypatch.setenv("PIP_CERT", "yes.pem")
    assert index.pip_settings() == index.PipSettings(
        indexes=("https://four/simple?a='b'", "https://two/simple", "https://three/simple"),
        find_links=("more",),
        trusted_hosts=("one", "two:80"),
        cert="yes.pem",
        proxy="http://me@proxy:3128",
    )
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert index.pip_settings().indexes == ()


def test_broken_pip_settings(sandbox, monkeypatch):
    (sandbox / "pip.conf").write_text("no section\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", "pip.conf")
    with pytest.raises(PipelineError, match=r"pip's settings.*pip\.conf"):
        index.pip_settings()


@pytest.mark.parametrize(("cert", "proxy"), [("absent.pem", None), ("pip.pem", None), (None, "gopher://proxy")])
def test_unusable_certificates_or_proxy(sandbox, cert, proxy):
    (sandbox / "pip.pem").write_text("not a certificate")
    with pytest.raises(PipelineError, match="certificates|proxy"):
        index.client(index.PipSettings((), (), (), cert, proxy))
