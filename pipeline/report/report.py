"""The answers to the sheet, written up for people: one page in English and one in Spanish, each as HTML and Markdown.

    python -m pipeline.report.report

Reads what the other stages left (metrics/, some test predictions, samples, attention weights, word vectors) and writes
metrics/report.html, .md, .es.html, .es.md, the charts that they show to metrics/report/LANGUAGE/, and a card of each
exercise's models to metrics/report/models/LANGUAGE/. What a section
says is in the exercise's folder: LANGUAGE.j2 has the prose, LANGUAGE.yaml the other words, report.py the figures and
the decisions about which sentences follow from the results. None of them holds a number: quotes.py takes the numbers
from their files.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import replacing_directory, write_text
from pipeline.registry import FOLDER, exercises
from pipeline.report.charts import Charts
from pipeline.report.lesson import asked, checklist
from pipeline.report.markup import inline, sentence, tidy, to_html
from pipeline.report.model_card import facts
from pipeline.report.page import Page
from pipeline.report.quotes import marked
from pipeline.report.results import EVALUATION, PARAMS, Files
from pipeline.report.words import TEMPLATES, Words
from pipeline.scoring.leftovers import remove_leftovers

PAGES = {"en": Path("metrics/report"), "es": Path("metrics/report.es")}  # without suffix
FIGURES = Path("metrics/report")


def main() -> None:
    remove_leftovers()
    files = Files()
    charts = {language: Charts() for language in PAGES}
    pages = {
        page.with_name(f"{page.name}.{'html' if html else 'md'}"): render(language, html, files, charts[language])
        for language, page in PAGES.items()
        for html in (True, False)
    }
    cards_of_models = {
        (language, exercise.name): text
        for language in PAGES
        for exercise in exercises().values()
        if (text := model_card(Page(exercise, language, False, files, charts[language])))
    }
    # Everything is in memory before the first file is written: a bad input leaves nothing half-done.
    with replacing_directory(FIGURES) as folder:
        for language in PAGES:
            (folder / language).mkdir()
            for name, drawing in charts[language].drawn.items():
                (folder / language / f"{name}.svg").write_text(f"{drawing}\n", encoding="utf-8", newline="\n")
            (folder / "models" / language).mkdir(parents=True)
        for (language, name), text in cards_of_models.items():
            (folder / "models" / language / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")
    for path, text in pages.items():
        write_text(path, text)
        print(f"{path}: {len(text.encode()) / 1e6:.2f} MB")


def render(language: str, html: bool, files: Files, charts: Charts) -> str:
    """One page as text, every exercise in the order of the sheet."""
    environment, words = templates(), Words(language)
    pages = [Page(exercise, language, html, files, charts) for exercise in exercises().values()]
    written: Callable[[str], str] = to_html if html else str
    text = environment.get_template("page.html.j2" if html else "page.md.j2").render(
        words=words,
        cards=[card for page in pages for card in cards(page)],
        sections=[(page, written(section(page))) for page in pages],
        trust=written(trust(words, html, files)),
        style=(TEMPLATES / "style.css").read_text(encoding="utf-8").strip(),
    )
    return (text if html else tidy(text)).rstrip() + "\n"


def templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES, FOLDER]),
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"inline": inline, "sentence": sentence}
    return environment


def section(page: Page) -> str:
    """An exercise's section as Markdown, on the HTML page with HTML in it: question, answer, and where each point is.

    Raises:
        PipelineError: what it quotes or shows is missing, or its template is wrong.
    """
    text = answer(page)
    return "\n\n".join(part for part in (asked(page), text, checklist(page, text)) if part)


def answer(page: Page) -> str:
    """What the exercise's template makes of the results."""
    decide = page.own("section")
    return _filled(page.template, page.names() | (decide(page) if decide else {}))


def model_card(page: Page) -> str:
    """The model card of an exercise as Markdown; empty where its words name no limits."""
    if not page.words.has("limits"):
        return ""
    return _filled("model_card.md.j2", facts(page, f"{PAGES[page.language].name}.md")) + "\n"


def trust(words: Words, html: bool, files: Files) -> str:
    """How far to trust the numbers: what holds for every exercise."""

    def evaluated(key: str) -> str:
        return marked(files.value(f"{EVALUATION}:{key}"), f"{EVALUATION}:{key}", words, html)

    source = f"{PARAMS}:evaluation.confidence"
    confidence = files.value(source)
    names = {
        "evaluated": evaluated,
        "confidence": marked(confidence, source, words, html, 0, 100),
        "level": marked(1 - confidence, f"1 - {source}", words, html, 0, 100),
    }
    return _filled(f"trust.{words.language}.j2", names)


def _filled(template: str, names: dict[str, Any]) -> str:
    try:
        return tidy(templates().get_template(template).render(names))
    except TemplateError as error:
        raise PipelineError(f"{template}: {error}; see docs/extending.md") from None


def cards(page: Page) -> list[dict[str, Any]]:
    """The exercise's comparisons that the first screen shows: title, chart, and verdicts on the chosen differences."""
    return [
        {
            "exercise": page.exercise.name,
            "title": page.words.named("headlines", comparison.name),
            "chart": page.drawn(f"{comparison.name}_card", chart, chart.caption),
            "verdicts": [sentence(page.quotes.verdict(comparison.name, *pair)) for pair in comparison.headlines],
        }
        for comparison in page.exercise.comparisons
        if comparison.headlines and (chart := page.chart(f"{comparison.name}_card"))
    ]


if __name__ == "__main__":
    run_stage(main)
