"""A section begins with what the sheet asks, answers every point of it, and shows the code that runs."""

import ast
import inspect
import re
import textwrap
from importlib import import_module
from pathlib import Path

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.params import read_yaml
from pipeline.registry import FOLDER, exercises
from pipeline.report.excerpts import excerpt
from pipeline.report.formulas import mathml
from pipeline.report.markup import inline
from pipeline.report.words import Words
from tests.reported_project import LANGUAGES, prose, without
from tests.reported_project import whole_section as section

# What the course sheet lists under each exercise: what the model must do, points to address and hints. (The challenge
# has no number.) "8, 11" is two exercises, "0" its worked example, which asks for nothing.
ON_THE_SHEET = {
    "1": 7, "2": 7, "3": 7, "4": 6, "5": 4, "6": 7, "7": 7, "8, 11": 14, "9": 7, "10": 4, "+": 7,
}  # fmt: skip
CODE = {
    name: read_yaml(FOLDER / name / "code.yaml", "") for name in exercises() if (FOLDER / name / "code.yaml").exists()
}
LONGEST = 30  # lines of an excerpt


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_point_of_the_sheet_has_a_row(language: str) -> None:
    points = {
        exercise.number: len(Words(language, exercise)["points"])
        for exercise in exercises().values()
        if exercise.number != "0"
    }
    assert points == ON_THE_SHEET and sum(points.values()) == 77


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", exercises())
def test_every_row_leads_to_an_answer(ready: Path, name: str, language: str) -> None:
    words = Words(language, exercises()[name])
    for html in (True, False):
        text = section(name, language, html)
        answer = text.index("### ") if not html else text.index("<h3>")
        assert (str(inline(words["asked"])) if html else words["asked"]) in text[:answer]
        rows = text[text.rindex(words["checklist"]) :]
        links = re.findall(r'href="#([\w-]+)"' if html else r"\(#([\w-]+)\)", rows)
        assert links == [f"{name}-{point}" for point in words["points"]]
        assert all(text.count(f'<a id="{link}"></a>') == 1 for link in links)
        assert rows.count("✓") == len(links) and words["unanswered"] not in rows


def test_a_row_is_named_by_the_heading_over_its_answer(ready: Path) -> None:
    rows = section("speech", "en", html=False).split("### Where each point is answered")[1]
    assert "- ✓ Its inputs have different lengths: [What was done](#speech-lengths)" in rows
    assert "[What do more layers bring?](#speech-higher)" in rows


def test_a_row_whose_variants_are_gone_says_so(ready: Path) -> None:
    alone = without("packing", "packed")
    assert "– Padding and packing: not with these settings" in section(alone, "en", html=False)


def test_a_point_that_is_not_written_is_one_line(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Words.named
    monkeypatch.setattr(Words, "named", lambda self, group, key: read(self, group, "gone" if key == "sound" else key))
    with pytest.raises(PipelineError, match=r"speech/en.yaml has no points.gone: write it"):
        section("speech", "en")


def test_an_exercise_without_words_of_the_sheet_is_written_as_before(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Words, "has", lambda self, key: False)
    text = section("speech", "en", html=False)
    assert text.startswith("### What was done") and "Where each point" not in text


@pytest.mark.parametrize("name", sorted(CODE))
def test_code_is_that_of_the_source(ready: Path, name: str) -> None:
    text = section(name, "en", html=False)
    for piece in CODE[name].values():
        found = excerpt(piece["file"], piece["names"])
        module = import_module(piece["file"].removesuffix(".py").replace("/", "."))
        for qualified in piece["names"]:
            owner, _, last = qualified.rpartition(".")
            of = getattr(module, owner) if owner else module
            if last in vars(of):
                assert textwrap.dedent(inspect.getsource(getattr(of, last))).strip() in found
            else:  # what a statement sets
                line = next(line for line in found.splitlines() if line.startswith(f"self.{last} ="))
                assert line in inspect.getsource(of)
        ast.parse(found)
        assert len(found.splitlines()) <= LONGEST
        assert text.count(f"```python\n{found}\n```") == 1


def test_a_name_that_is_not_in_the_source_is_one_line() -> None:
    assert (
        excerpt("pipeline/layers/cells.py", ["CELLS"]) == 'CELLS = {"rnn": RNNCell, "gru": GRUCell, "lstm": LSTMCell}'
    )
    with pytest.raises(
        PipelineError, match="pipeline/layers/cells.py has no Unrolled.backward, which the report shows"
    ):
        excerpt("pipeline/layers/cells.py", ["Unrolled.backward"])
    with pytest.raises(PipelineError, match="pipeline/layers/cell.py is missing, from which the report takes Unrolled"):
        excerpt("pipeline/layers/cell.py", ["Unrolled"])


@pytest.mark.parametrize("name", sorted(CODE))
def test_every_piece_of_code_is_shown_in_both_languages(name: str) -> None:
    for language in LANGUAGES:
        text = (FOLDER / name / f"{language}.j2").read_text(encoding="utf-8")
        assert sorted(re.findall(r'{{ code\("(\w+)"\) }}', text)) == sorted(CODE[name])


def test_equations_are_latex_in_markdown_and_mathml_in_html(ready: Path) -> None:
    markdown, html = section("pooling", "es", html=False), section("pooling", "es")
    assert "$$\n\\begin{aligned}\n\\mathbf{s}_{\\mathrm{mean}} &= \\frac{1}{T}" in markdown and "<math" not in markdown
    assert "$$" not in html and "<munderover><mo>∑</mo>" in html and "<mfrac><mrow><mn>1</mn></mrow>" in html
    assert "\\" not in prose(html)


def test_mathml_of_an_equation() -> None:
    assert mathml([r"\mathbf{h}_t &= \overrightarrow{a}^{2} - \sum_k x_k"]) == (
        '<math><mtable displaystyle="true"><mtr><mtd><mrow><msub><mi class="bold" mathvariant="normal">h</mi><mi>t</mi>'
        "</msub></mrow></mtd><mtd><mrow><mo>=</mo>"
        '<msup><mover accent="true"><mrow><mi>a</mi></mrow><mo stretchy="true">→</mo>'
        "</mover><mrow><mn>2</mn></mrow></msup><mo>−</mo><munder><mo>∑</mo><mi>k</mi></munder><msub><mi>x</mi><mi>k</mi>"
        "</msub></mrow></mtd></mtr></mtable></math>"
    )


@pytest.mark.parametrize(
    ("latex", "wrong"),
    [
        (r"\beta", r"\\beta is not known"), ("_t", "nothing stands before _"), ("{x", "a } is missing"),
        ("x_", "ends too early"), (r"\mathbf{}", "nothing stands after"),
    ],
)  # fmt: skip
def test_an_equation_that_is_wrong_is_one_line(latex: str, wrong: str) -> None:
    with pytest.raises(PipelineError, match=wrong):
        mathml([latex])


def test_a_piece_of_code_that_is_not_named_is_one_line(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.report.lesson.read_yaml", lambda path, remedy: {})
    with pytest.raises(PipelineError, match=r"speech/code.yaml has no 'features', which speech/en.j2 shows: write it"):
        section("speech", "en")
