"""The card of an exercise's models has their data, scores and limits, in both languages."""

import os
import re
from pathlib import Path

import pytest

from pipeline.registry import exercises
from pipeline.report.page import Page
from pipeline.report.report import PAGES, model_card
from pipeline.report.results import Files
from pipeline.report.words import Words
from tests.reported_project import LANGUAGES, retrain, undrawn


def card(name: str, language: str) -> str:
    return model_card(Page(exercises()[name], language, False, Files(), undrawn()))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", exercises())
def test_a_card_has_data_scores_and_limits(ready: Path, name: str, language: str) -> None:
    exercise, words, text = exercises()[name], Words(language, exercises()[name]), card(name, language)
    assert text.startswith(f"# {words['card']['title']}: {words['title']}\n\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        words["card"][part] for part in ("data", "training", "scores", "limits")
    ]
    assert all(f"- {corpus}, {words['edition']} `" in text for corpus in exercise.stage.corpora)
    assert len(re.findall(r"^\| ", text, re.MULTILINE)) == 2 + len(exercise.variants)
    assert all(words.question(comparison.name) in text for comparison in exercise.comparisons)
    assert len(words["limits"]) > 1 and all(f"- {limit}\n" in text for limit in words["limits"])
    assert not re.search(r"\{\{|\{%|\bUndefined\b|\n\n\n", text)


def test_links_of_a_card_lead_somewhere(ready: Path) -> None:
    for language in LANGUAGES:
        links = re.findall(r"\]\(([^)]+)\)", card("speech", language))
        found = {os.path.normpath(f"metrics/report/models/{language}/{link}") for link in links}
        assert found == {"data/README.md", "pipeline/exercises/speech", f"{PAGES[language]}.md"}


def test_scores_of_a_card_are_those_of_the_results(ready: Path) -> None:
    before = card("speech", "en")
    retrain("speech", "layers_3", quality=0.5)
    changed = [line for line in card("speech", "en").splitlines() if line not in before.splitlines()]
    assert changed and all("3 layers" in line for line in changed)
