"""Every part of the page answers in both languages; what is wrong is a line in its place; no text becomes HTML."""

import json
import re
import shutil

import pytest
from markupsafe import Markup
from starlette.testclient import TestClient

from pipeline.demo import server
from pipeline.demo.declaration import LANGUAGES, Demo, Pick, Refused, Slider, Text
from pipeline.registry import part
from tests.demo.conftest import DEMOS

ADDRESS = "http://127.0.0.1"
FORM = {"content-type": "application/json"}


@pytest.fixture
def page(asked_project, monkeypatch):
    monkeypatch.chdir(asked_project)
    monkeypatch.setattr("pipeline.exercises.char_lm.demo.PAUSE", 0)
    return TestClient(server.application(), base_url=ADDRESS)


def filled(name, **values):
    """What the page's form sends at first, or with other values."""
    first = {Text: lambda field: field.examples[0], Pick: lambda field: field.options[0],
             Slider: lambda field: str(field.start)}  # fmt: skip
    return {field.name: first[type(field)](field) for field in part(name, "demo").DEMO.fields} | values


def ask(page, name, language="en", **values):
    return page.post(f"/{language}/{name}", json=filled(name, **values))


def test_there_is_a_part_for_each_that_the_page_promises():
    assert len(DEMOS) == 6


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DEMOS)
def test_every_part_answers(page, name, language):
    answer = ask(page, name, language)
    assert answer.status_code == 200 and answer.text and 'class="error"' not in answer.text
    for tag in ("div", "p", "article", "svg", "span", "pre"):
        assert len(re.findall(rf"<{tag}\b", answer.text)) == answer.text.count(f"</{tag}>")


@pytest.mark.parametrize("name", DEMOS)
def test_no_text_becomes_html(page, name):
    for field in part(name, "demo").DEMO.fields:
        if isinstance(field, Text) and field.pattern is None:
            answer = ask(page, name, **{field.name: '<script>"x"</script> <img src=x onerror=y> &amp; {{7*7}}'})
            assert 'class="error"' not in answer.text
            assert "<script" not in answer.text and "<img" not in answer.text and "49" not in answer.text


@pytest.mark.parametrize(("value", "message"), [
    ("", "Primero hay que"), (" \n", "Primero hay que"), (None, "Primero hay que"), (["a"], "Primero hay que"),
    ("1" * 61, "como mucho, 60 caracteres"), ("1\0", "texto corriente"), ("1\ud800", "texto corriente"),
    ("12a", "Solo cifras"), ("٣", "Solo cifras"), ("1 2", "Solo cifras"),
])  # fmt: skip
def test_what_a_text_field_does_not_take_is_said(page, value, message):
    body = json.dumps(filled("parity", text=value))
    answer = page.post("/es/parity", content=body, headers=FORM)
    assert answer.text.startswith('<p class="error">') and message in answer.text


@pytest.mark.parametrize("value", ["", "x", "nan", "inf", "1e3", "2.0", "-1", True, None, [1], "9" * 400])
def test_what_a_slider_does_not_take_is_said(page, value):
    assert "a number from 0.1 to 1.6" in ask(page, "char_lm", temperature=value).text


def test_a_choice_is_one_of_the_list(page):
    assert "one of the list: Network" in ask(page, "parity", variant="../rnn").text
    with pytest.raises(Refused):
        Pick("x", {"en": "", "es": ""}, ("a",)).read(["a"], "en", {"no_option": ""})


def test_what_is_not_trained_is_said_with_the_command_that_trains_it(asked_project, tmp_path, monkeypatch):
    project = tmp_path / "project"
    shutil.copytree(asked_project, project)
    shutil.rmtree(project / "models/tagging/bi")
    monkeypatch.chdir(project)
    answer = ask(TestClient(server.application(), base_url=ADDRESS), "tagging", "es")
    assert "no están entrenados: bidireccional" in answer.text and "<code>dvc repro tagging</code>" in answer.text


@pytest.mark.parametrize(("sent", "code"), [
    ({"headers": FORM | {"host": "evil.example"}, "content": "{}"}, 400),  # a name that was made to lead here
    ({"content": "{}"}, 400),  # what a form of another site may send unasked
    ({"headers": FORM, "content": "{" + " " * server.LARGEST + "}"}, 400),
    ({"headers": FORM, "content": "[" * 9000}, 400),
    ({"headers": FORM, "content": "[]"}, 400),
    ({"headers": FORM, "content": b"\xff"}, 400),
])  # fmt: skip
def test_a_request_that_the_page_does_not_send_is_refused(page, sent, code):
    assert page.post("/en/parity", **sent).status_code == code


def test_addresses_that_are_not_there(page):
    for path in ("/en/sheet", "/fr/parity", "/en/..%2Fparity"):
        assert page.post(path, json={}).status_code == 404
    assert page.get("/en/parity").status_code == 405


def test_a_mistake_of_ours_is_told_to_the_terminal_and_the_page_goes_on(page, monkeypatch, capsys):
    monkeypatch.setattr("pipeline.exercises.parity.demo.drawn", lambda *_: 1 / 0)
    assert "got no answer" in ask(page, "parity").text
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_text_comes_in_pieces(page):
    shown = server.parts("en")["char_lm"]
    pieces = list(server.answered(shown, filled("char_lm", text="<ROMEO>"), {}))
    assert len(pieces) > 100 and pieces[0].endswith("<b>&lt;ROMEO&gt;</b>") and pieces[-1] == "</pre>"
    again = list(server.answered(shown, filled("char_lm", text="<ROMEO>", draw="2"), {}))
    assert again != pieces


@pytest.mark.parametrize(("accepted", "language"), [
    ("es-AR,es;q=0.9,en;q=0.8", "es"), ("en-US", "en"), ("de, es;q=0.5", "es"), ("", "en"), ("*", "en"),
])  # fmt: skip
def test_the_browsers_language_is_the_pages(page, accepted, language):
    first = page.get("/", headers={"accept-language": accepted})
    assert first.url.path == f"/{language}" and f'<html lang="{language}">' in first.text


def test_the_page_needs_nothing_from_elsewhere(page):
    for path in ("/en", "/es", "/style.css", "/page.js"):
        answer = page.get(path)
        assert answer.status_code == 200 and not re.search(r"https?:|url\(|@import|src=\"(?!/)", answer.text)
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_words_are_given_in_every_language():
    said = {"en": "a", "es": "b"}
    with pytest.raises(ValueError, match="is not in en and es"):
        Demo(lead=said, fields=(Text("text", {"en": "a"}, ("x",), 9),), variants=(), answer=lambda asked: [Markup("")])
