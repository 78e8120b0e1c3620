"""Exercise 7 in the report: a carried state, in training and in the test, and a network against counts."""

from typing import Any

from pipeline.declaration import Column, per_cent
from pipeline.exercises.word_lm.diagram import diagrams
from pipeline.report.charts import Chart
from pipeline.report.page import Page
from pipeline.report.results import PARAMS, Results
from pipeline.report.words import Words

WORD_SHARE, LINE_END_SHARE = per_cent("word_share"), per_cent("line_end_share")
LINE_END_ACCURACY = per_cent("line_end_accuracy")
TRAINED_ON = [f"metrics/data/shakespeare.json:splits.train.{part}" for part in ("words", "examples")]  # ends of lines
AS_TRAINED, OTHERWISE = Column("perplexity"), Column("perplexity_other_way")  # with the state as in training, or not


def section(page: Page) -> dict[str, Any]:
    results, quotes, variants, settings = page.results, page.quotes, page.results.variants, page.results.settings
    found = networks(results)
    first = variants[0]  # the test is that of every variant
    cuts = [cut for cut in settings.cutoffs if cut < results.value("metrics/data/shakespeare.json:vocabulary")]
    harder = [one for one in variants if results.score(one, "word_perplexity") > results.score(one, "perplexity")]
    counting = results.outcome("counting", "carried", "ngram")
    part = settings.words / sum(map(results.value, TRAINED_ON))  # of the text in an epoch
    shares = {page.words.variant(variant): quotes.score(variant, LINE_END_ACCURACY) for variant in variants}
    return {
        "texts": page.words.get("texts", results.edition, page.words["other_texts"]),
        "word_share": quotes.score(first, WORD_SHARE),
        "line_end_share": quotes.score(first, LINE_END_SHARE),
        "networks": bool(found),
        "parameters": quotes.score(found[0], "parameters") if found else "",
        "several_layers": settings.layers > 1,
        "adaptive": bool(cuts),
        "read": quotes.setting("words") if part < 1 else "",
        "part": quotes.marked(part, f"{PARAMS}:word_lm.words / ({' + '.join(TRAINED_ON)})", 0, 100),
        "before": quotes.marked(settings.order - 1, f"{PARAMS}:word_lm.order - 1"),
        "ngrams": "ngram" in variants,
        "carried": "carried" in variants,
        "reset": "reset" in variants,
        "state": results.outcome("carried_state", "carried", "reset"),
        "crossed": crossed(page) if len(found) == 2 else "",
        "gains": gains(results),
        "relies": relies(results),
        "counted": counting != "missing",
        "counting": counting,
        "only_on_the_rest": counting == "better" and words_go_to_counts(results),
        "line_ends": page.words.listed([page.words["share"].format(*named) for named in shares.items()]),
        "words_are_harder": harder == variants,
    }


def figures(results: Results, words: Words) -> dict[str, Chart]:
    return diagrams(words)


def networks(results: Results) -> list[str]:
    return [variant for variant in results.variants if results.particular[variant]["network"] == "lstm"]


def crossed(page: Page) -> str:
    """The perplexity of both networks, tested with the state carried and reset."""
    words, quotes, rows = page.words, page.quotes, []
    for variant in ("carried", "reset"):
        ways = (AS_TRAINED, OTHERWISE) if variant == "carried" else (OTHERWISE, AS_TRAINED)
        rows.append([words.variant(variant), *(quotes.score(variant, way) for way in ways)])
    head = [words["trained_with"], *(words["tested_with"].format(words.variant(way)) for way in ("carried", "reset"))]
    return page.framed(page.table(head, rows), words["crossed_caption"])


def gains(results: Results) -> str:
    """Where the gain of a carried state comes from, if there is one: more of it in the `test`, or in `training`.

    Halfway lies the network that was trained without, tested with the state carried.
    """
    if len(networks(results)) < 2:
        return ""
    without, halfway = (results.score("reset", column.key) for column in (AS_TRAINED, OTHERWISE))
    carried = results.score("carried", AS_TRAINED.key)
    if not carried < without:
        return "none"
    return "test" if without - halfway > halfway - carried else "training"


def relies(results: Results) -> bool:
    """Whether the network trained with a carried state is worse without it than the one that never had it."""
    both = len(networks(results)) == 2
    return both and results.score("carried", OTHERWISE.key) > results.score("reset", AS_TRAINED.key)


def words_go_to_counts(results: Results) -> bool:
    """Whether counts predict the words alone better, without punctuation and the ends of lines."""
    if not {"carried", "ngram"} <= set(results.variants):
        return False
    return results.score("ngram", "word_perplexity") < results.score("carried", "word_perplexity")
