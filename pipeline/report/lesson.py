"""What makes a section a lesson: what the sheet asks, where each of its points is answered, and code beside equations.

An exercise's words have `asked`, the task, and `points`, what the sheet wants done or explained, by key. Its template
marks the place of each answer, {{ answers("loop") }}, and shows code, {{ code("loop") }}. What that is, code.yaml says:

    loop:
      file: pipeline/layers/cells.py
      names: [Unrolled.forward]
      equations: ['\\mathbf{h}_t &= ...']      LaTeX, a row each; may be left out
"""

import re
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from pipeline.core.errors import PipelineError
from pipeline.core.params import read_yaml
from pipeline.registry import FOLDER
from pipeline.report import formulas
from pipeline.report.excerpts import excerpt
from pipeline.report.words import RESTORE

if TYPE_CHECKING:
    from pipeline.report.page import Page

DONE, OPEN = "✓", "–"


def asked(page: "Page") -> str:
    """The task and its points; nothing of an exercise that has none."""
    if not page.words.has("asked"):
        return ""
    points = "\n".join(f"- {point}" for point in page.words["points"].values())
    text = f"**{page.words['the_sheet_asks']}** {page.words['asked']}\n\n{points}"
    if page.html:
        return f'<div class="asked">\n\n{text}\n\n</div>'
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def answers(page: "Page", *points: str) -> str:
    """The place where some points are answered.

    Raises:
        PipelineError: the words have no such point.
    """
    return "".join(f'<a id="{_place(page, point)}"></a>' for point in points if page.words.named("points", point))


def checklist(page: "Page", section: str) -> str:
    """Every point with a link to its answer, named by the heading over it.

    A point whose answer needs variants that were taken out has no link.

    Args:
        section: the text of the section.
    """
    if not page.words.has("asked"):
        return ""
    headings: dict[str, str] = {}
    heading = page.words["title"]
    for title, place in re.findall(r'^### (.+)$|<a id="([\w-]+)"></a>', section, re.MULTILINE):
        heading = title or heading
        headings.setdefault(place, heading)
    lines = []
    for point, text in page.words["points"].items():
        place = _place(page, point)
        answered = place in headings
        answer = f"[{headings[place]}](#{place})" if answered else page.words["unanswered"]
        lines.append(f"- {DONE if answered else OPEN} {text}: {answer}")
    text = f"### {page.words['checklist']}\n\n" + "\n".join(lines)
    return f'<div class="checklist">\n\n{text}\n\n</div>' if page.html else text


def code(page: "Page", key: str) -> str:
    """Equations, and below them the code that computes them.

    Raises:
        PipelineError: code.yaml has no such key, or names what is not there.
    """
    path = FOLDER / page.exercise.name / "code.yaml"
    found: dict[str, Any] = read_yaml(path, RESTORE)
    if key not in found:
        raise PipelineError(f"{path} has no {key!r}, which {page.template} shows: write it")
    shown = found[key]
    lines = excerpt(shown["file"], shown["names"])
    names = ", ".join(f"`{name}`" for name in shown["names"])
    caption = f"[`{shown['file']}`](../{shown['file']}): {names}"
    rows = shown.get("equations", [])
    if not page.html:
        equations = formulas.markdown(rows)
    else:
        equations, caption = f'<div class="scroll equations">{formulas.mathml(rows)}</div>', _captioned(caption)
    return "\n\n".join(["", *([equations] if rows else []), listing(page, lines, "python"), caption, ""])


def listing(page: "Page", text: str, language: str) -> str:
    """Code, or what it prints (`text`), as it stands."""
    if page.html:
        return f'<pre class="code excerpt {language}">{escape(text)}</pre>'
    return f"```{language}\n{text}\n```"


def _captioned(text: str) -> str:
    return f'<div class="caption">\n\n{text}\n\n</div>'


def _place(page: "Page", point: str) -> str:
    return f"{page.exercise.name}-{point}"
