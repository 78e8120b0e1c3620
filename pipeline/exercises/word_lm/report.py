"""Exercise 7 in the report: what a carried state is worth, and what of the score is words."""

from typing import Any

from pipeline.declaration import Column, per_cent
from pipeline.report.page import Page

WORD_SHARE, LINE_END_SHARE = per_cent("word_share"), per_cent("line_end_share")
LINE_END_ACCURACY = per_cent("line_end_accuracy")


def section(page: Page) -> dict[str, Any]:
    results, quotes, variants = page.results, page.quotes, page.results.variants
    first = variants[0]  # the test and the size of the network are those of every variant
    cuts = [cut for cut in results.settings.cutoffs if cut < results.value("metrics/data/shakespeare.json:vocabulary")]
    harder = all(
        results.score(variant, "word_perplexity") > results.score(variant, "perplexity") for variant in variants
    )

    def each(column: str | Column, kind: str = "share") -> str:
        """A number of every variant, after its name."""
        written = {page.words.variant(variant): quotes.score(variant, column) for variant in variants}
        return page.words.listed([page.words[kind].format(name, number) for name, number in written.items()])

    return {
        "texts": page.words.get("texts", results.edition, page.words["other_texts"]),
        "word_share": quotes.score(first, WORD_SHARE),
        "line_end_share": quotes.score(first, LINE_END_SHARE),
        "parameters": quotes.score(first, "parameters"),
        "several_layers": results.settings.layers > 1,
        "adaptive": bool(cuts),
        "carried": "carried" in variants,
        "reset": "reset" in variants,
        "state": results.outcome("carried_state", "carried", "reset"),
        "accuracies": each("accuracy"),
        "line_ends": each(LINE_END_ACCURACY),
        "on_words": each("word_accuracy"),
        "perplexities": each("perplexity", "value"),
        "word_perplexities": each("word_perplexity", "value"),
        "words_are_harder": harder,
    }
