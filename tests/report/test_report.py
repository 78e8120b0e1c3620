"""The report says what the metrics say, in both languages, and needs nothing but itself."""

import html
import re
from pathlib import Path

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json, write_json
from pipeline.registry import exercises
from pipeline.report.page import Page
from pipeline.report.quotes import marked
from pipeline.report.report import main
from pipeline.report.results import Files
from pipeline.report.words import Words
from tests.quoted import Numbers, check_numbers
from tests.reported_project import LANGUAGES, ROOT, change, page, prose, section, sections, undrawn
from tools.graph import reported


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_the_frame_is_that_of_its_file(ready: Path, language: str) -> None:
    text = page(language)
    assert len(Numbers(text).found) > 400
    check_numbers(dict(sections(text))["trust"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", exercises())
def test_every_number_of_a_section_is_that_of_its_file(ready: Path, name: str, language: str) -> None:
    check_numbers(section(name, language))


def test_both_languages_quote_the_same_numbers_for_every_exercise(ready: Path) -> None:
    pages = {language: dict(sections(page(language))) for language in LANGUAGES}
    assert list(pages["en"]) == list(pages["es"]) == [*exercises(), "trust"]
    for name in exercises():
        sources = [sorted(source for _, source, _ in Numbers(pages[language][name]).found) for language in LANGUAGES]
        assert sources[0] == sources[1] and sources[0], name
        assert f'href="../pipeline/exercises/{name}/"' in pages["en"][name]
        assert (ROOT / f"pipeline/exercises/{name}").is_dir()
    numbers = set(re.findall(r'data-exercise="([^"]+)"', page("en")))
    assert {part for number in numbers for part in number.split(", ")} >= {*map(str, range(12)), "+"}


def test_what_is_declared_is_all_that_is_read_of_data_and_models(ready: Path) -> None:
    """The dependencies of the stage; tests/long/test_declared.py runs it so."""
    before, declared = page("en"), reported(exercises().values())
    for path in [path for folder in ("data", "models") for path in Path(folder).rglob("*") if path.is_file()]:
        if not path.as_posix().startswith(tuple(f"{folder}/" for folder in declared)):
            path.unlink()
    assert not Path("models/embeddings/glove_frozen/seed_1.safetensors").exists()
    assert page("en") == before


def test_a_page_that_stands_alone_leads_back_and_shows_the_code(ready: Path) -> None:
    text = page("en")
    assert text.count('<a href="#contents">') == len(exercises()) and 'id="contents"' in text
    for name, shown in sections(text):
        if name in exercises():
            source = (ROOT / f"pipeline/exercises/{name}/train.py").read_text(encoding="utf-8")
            assert (
                html.unescape(re.findall(r'<pre class="code">(.*?)</pre>', shown, re.DOTALL)[0])
                == source.strip("\n") + "\n"
            )


def test_what_unfolds_or_leads_about_on_a_screen_is_not_printed(ready: Path) -> None:
    text = page("en")
    printed = text[text.index("@media print {") : text.index("</style>")]
    (hidden,) = re.findall(r"([^{};]+?) \{ display: none; \}", printed)
    assert {part.strip() for part in hidden.split(",")} == {".language", "nav", "details", ".back"}
    for there in ('<p class="language">', "<nav ", "<details>", '<p class="back">'):
        assert there in text


def test_a_table_scrolls_and_its_caption_does_not(ready: Path) -> None:
    (scrolled,) = re.findall(r'<figure class="wide heat">(.*?)</figure>', section("speech", "en"), re.DOTALL)
    inside, outside = scrolled.split("<figcaption>")
    assert re.fullmatch(r'\s*<div class="scroll">\s*<table>.*</table>\s*</div>\s*', inside, re.DOTALL)
    assert "taken for" in outside


def test_every_comparison_is_answered(ready: Path) -> None:
    text = re.sub(r"\s+", " ", page("en"))
    for exercise in exercises().values():
        for comparison in exercise.comparisons:
            assert text.count(f"<em>{comparison.question}</em>") == 1, comparison.name


def test_a_comparison_that_is_not_declared_is_one_clear_line(ready: Path) -> None:
    shown = Page(exercises()["speech"], "en", False, Files(), undrawn())
    for quoted in (shown.compared, shown.answered, lambda name: shown.results.outcome(name, "layers_2", "layers_1")):
        with pytest.raises(PipelineError, match=r"^pipeline/exercises/speech has no comparison 'depths': see its exer"):
            quoted("depths")


def test_primary_comparisons_are_decided_and_shown_with_their_corrected_p(ready: Path) -> None:
    primary = {
        (comparison.name, *pair)
        for exercise in exercises().values()
        for comparison in exercise.comparisons
        for pair in comparison.headlines
    }
    found = read_json(Path("metrics/evaluation.json"))
    corrected = {
        (name, one["a"], one["b"]): one["p_holm"]
        for name, entry in found["comparisons"].items()
        for one in entry["differences"]
        if "p_holm" in one
    }
    assert corrected.keys() == primary and found["primary"] == len(primary)
    frame = prose(dict(sections(page("en")))["trust"])
    assert f"{found['exploratory']} of them, are exploratory" in frame

    assert re.search(r"p [<=] 0\.\d+ after Holm’s correction", section("tagging", "en", html=False))
    differences = "comparisons.direction.differences.0"

    def undecided(content: dict) -> None:
        content["comparisons"]["direction"]["differences"][0]["p_holm"] = 0.07

    change("metrics/evaluation.json", undecided)
    text = section("tagging", "es")
    assert "p = 0.070 con la corrección de Holm" in prose(text) and f"{differences}.p_holm" in text
    shown = Page(exercises()["tagging"], "en", False, Files(), undrawn())
    assert shown.results.outcome("direction", "bi", "uni") == "none"
    assert "no difference is shown between" in shown.quotes.verdict("direction", "bi", "uni")


def test_a_deviation_that_rounds_to_none_is_written_as_less(ready: Path) -> None:
    change("metrics/train/speech/layers_2.json", lambda content: content["sd"].update(accuracy=0.0002))
    assert "± < 0.1" in section("speech", "en", html=False) and "± < 0.1" in section("speech", "es", html=False)
    assert any(text == "< 0.1" for _, _, text in Numbers(section("speech", "en")).found)


def test_thousands_are_grouped_as_the_language_does() -> None:
    for number, english, spanish in ((999, "999", "999"), (5000, "5,000", "5000"), (12345, "12,345", "12\u202f345")):
        assert marked(number, "", Words("en"), html=False) == english
        assert marked(number, "", Words("es"), html=False) == spanish


def test_a_table_as_markdown_has_its_caption(ready: Path) -> None:
    text = section("speech", "en", html=False)
    assert "one standard deviation" in text and "taken for" in text
    assert "tronger colour" not in text and "Stronger colour" in section("speech", "en")


def test_pages_stand_alone_and_come_out_the_same_every_time(ready: Path) -> None:
    main()
    folder = Path("metrics/report")
    files = [*Path("metrics").glob("report*.*"), *folder.rglob("*.svg")]
    first = {file: file.read_bytes() for file in files}
    pages = {file.name: file.read_text(encoding="utf-8") for file in files if file.suffix in (".html", ".md")}
    assert set(pages) == {"report.html", "report.md", "report.es.html", "report.es.md"}
    for name, text in pages.items():
        said = re.sub(r'<pre class="code.*?</pre>|```python\n.*?```|\$\$.*?\$\$', "", text, flags=re.DOTALL)
        assert not re.search(r"\{\{|\{%|\bUndefined\b|\bNone\b|\bnan\b", said), name
        assert "But &lt;soft&gt;" in text or name.endswith(".md")
    for name in ("report.html", "report.es.html"):
        targets = re.findall(r'(?:href|src|srcset|data)="([^"]*)"', pages[name])
        ids = set(re.findall(r'id="([^"]+)"', pages[name]))
        for target in targets:
            assert not re.match(r"\w+:|//", target)
            beside = target.startswith("../pipeline/") or Path("metrics", target).is_file()  # such as a model card
            assert beside or target in pages or target.removeprefix("#") in ids, target
        assert not re.search(r"<script|<link|@import|<img|url\((?!#)", pages[name])
        assert set(re.findall(r"https?://[^\"]+", pages[name])) <= {
            "http://www.w3.org/1999/xlink", "http://www.w3.org/2000/svg",
        }  # fmt: skip
    for name in ("report.md", "report.es.md"):
        assert "<data" not in pages[name]
        images = re.findall(r"\]\((report/[^)]+)\)", pages[name])
        assert len(images) > 30 and all(Path("metrics", image).exists() for image in images)
    main()
    assert {file: file.read_bytes() for file in files} == first


def test_a_missing_metric_is_one_clear_line_and_leaves_nothing(ready: Path) -> None:
    path = Path("metrics/train/speech/layers_3.json")
    content = read_json(path)
    del content["mean"]["error_rate"]
    write_json(path, content)
    with pytest.raises(PipelineError, match=r"speech/layers_3.json has no mean.error_rate; remove it and run"):
        page("en")
    path.unlink()
    with pytest.raises(PipelineError, match=r"speech/layers_3.json is missing: build it with"):
        main()
    assert not list(Path("metrics").glob("report*"))
