"""Model cards: what the models of an exercise are for, their data, their scores and their limits.

After Mitchell et al., "Model cards for model reporting" (2019). They are Markdown, in metrics/report/models/LANGUAGE/.
An exercise has one if its words name `limits`, what its models should not be trusted with.
"""

from pathlib import Path
from typing import Any

from pipeline.core.files import read_json
from pipeline.report.page import Page
from pipeline.report.quotes import marked


def facts(page: Page, report: str) -> dict[str, Any]:
    """What the template fills in; `report` is the file of the page that has the section."""
    results, words = page.results, page.words
    return {
        "words": words,
        "report": report,
        "exercise": page.exercise,
        "corpora": [(corpus, *_corpus(page, corpus)) for corpus in page.exercise.stage.corpora],
        "settings": results.settings.model_dump(),
        "seeds": words.listed([str(seed) for seed in results.seeds]),
        "scores": page.scores(),
        "answers": [page.answered(comparison.name) for comparison in page.exercise.comparisons],
    }


def _corpus(page: Page, name: str) -> tuple[str, str]:
    """The edition of a corpus that was prepared, and how many examples its splits have; series have no splits."""
    found = read_json(Path(f"metrics/data/{name}.json"))
    sizes = {split: counts["examples"] for split, counts in found.get("splits", {}).items()}
    shown = [f"{split} {marked(size, '', page.words, html=False)}" for split, size in sizes.items()]
    return found["edition"], ", ".join(shown)
