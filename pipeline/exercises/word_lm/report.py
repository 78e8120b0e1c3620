"""Exercise 7 in the report: how much a carried state helps, and how much of the score comes from words."""

from typing import Any

from pipeline.declaration import per_cent
from pipeline.report.page import Page

WORD_SHARE, LINE_END_SHARE = per_cent("word_share"), per_cent("line_end_share")
LINE_END_ACCURACY = per_cent("line_end_accuracy")


def section(page: Page) -> dict[str, Any]:
    results, quotes, variants = page.results, page.quotes, page.results.variants
    first = variants[0]  # the test and the size of the network are those of every variant
    cuts = [cut for cut in results.settings.cutoffs if cut < results.value("metrics/data/shakespeare.json:vocabulary")]
    harder = [one for one in variants if results.score(one, "word_perplexity") > results.score(one, "perplexity")]
    shares = {page.words.variant(variant): quotes.score(variant, LINE_END_ACCURACY) for variant in variants}
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
        "line_ends": page.words.listed([page.words["share"].format(*named) for named in shares.items()]),
        "words_are_harder": harder == variants,
    }
