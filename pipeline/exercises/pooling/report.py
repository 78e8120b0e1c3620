"""Exercise 5 in the report: what the states of all steps add to the last one, and where the weights lie."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pipeline.core.files import read_json
from pipeline.core.params import section as section_of
from pipeline.core.stage import Results as Places
from pipeline.core.stage import extra_of
from pipeline.exercises.sentiment.stage import STAGE as SENTIMENT
from pipeline.report.charts import Chart, lines, seed_lines
from pipeline.report.page import Page
from pipeline.report.results import Results
from pipeline.report.words import Words

GROUPS = 4  # of reviews, by their length
HEAVY = 0.6  # of the weight of a review's heaviest word: above it a word is bold where there is no shading


def section(page: Page) -> dict[str, Any]:
    results, quotes, settings = page.results, page.quotes, page.results.settings
    variants, poolings = results.variants, results.particular
    pairs = results.pairs("pooling")
    recurrent = [variant for variant in variants if poolings[variant]["recurrent"]]
    unfinished = [variant for variant in variants if results.ends_at_its_best(variant)]
    twin = twin_of_last(results)
    own = [variant for variant in ("last", "no_recurrence") if variant in variants]
    recurrence = results.outcome("recurrence", "mean", "no_recurrence")
    found: dict[str, Any] = {
        "a_cell": page.words["a_cell"][settings.cell],
        "both_directions": settings.bidirectional,
        "several_layers": settings.layers > 1,
        "ways": page.words.listed([page.words["ways"][poolings[variant]["pooling"]] for variant in recurrent]),
        "own": own,
        "all_alike": not own,
        "own_setting": lambda variant, key, digits=0: quotes.setting(f"{variant}.{key}", digits),
        "last": likeness(results, twin),
        "twin": page.words["cells"][settings.cell],
        "mean": results.outcome("pooling", "mean", "last"),
        "attention": results.outcome("pooling", "attention", "last"),
        "choosing": ("attention", "mean") in pairs,
        "max": ("max", "last") in pairs,
        "sum": results.outcome("pooling", "sum", "last"),
        "unfinished": quotes.names(unfinished) if unfinished else "",
        "counts": {"attention", "mean"} <= set(variants),
        "reviews": reviews(page) if "attention" in variants else "",
        "without": "no_recurrence" in variants,
        "recurrence": recurrence,
        "recurrence_compared": recurrence != "missing",
        "cut": settings.max_length < results.value("metrics/data/imdb.json:splits.test.length.max"),
        "lengths": bool(drawn(results)),
        "packaged": results.edition == "packaged",
    }
    if twin:
        found["there"] = quotes.number(f"{Places.of(SENTIMENT.name, twin).metrics}:mean.accuracy", 1, 100)
    return found


def figures(results: Results, words: Words) -> dict[str, Chart]:
    axes = words["axes"]
    paint = partial(draw_by_length, results=results, words=words)
    return {"by_length": lines(paint, axes["length"], words.metric("accuracy").axis)}


def drawn(results: Results) -> list[str]:
    """The lines of the figure by length; more could not be told apart."""
    return [name for name in ("last", "mean", "attention", "no_recurrence") if name in results.variants]


def draw_by_length(axes: Axes, results: Results, words: Words) -> None:
    """Test accuracy in per cent in groups of as many reviews each, over the groups' middle lengths in tokens."""
    series, at = {}, np.array([])
    for variant in drawn(results):
        table = results.predictions(variant, "label", "prediction", "length")
        lengths = np.array(table["length"][0])
        right = np.array(table["label"]) == np.array(table["prediction"])  # (seeds, reviews)
        groups = np.array_split(np.argsort(lengths, kind="stable"), GROUPS)
        at = np.array([np.median(lengths[group]) for group in groups])
        series[words.variant(variant)] = 100 * np.stack([right[:, group].mean(1) for group in groups], axis=1)
    seed_lines(axes, at, series)
    axes.set_xscale("log")
    axes.set_xticks(at, [f"{length:.0f}" for length in at])
    axes.minorticks_off()


def twin_of_last(results: Results) -> str:
    """The variant of exercise 3 with the cell of this one's, if that classifies by the last state too."""
    alike = [
        name
        for name, particular in SENTIMENT.variants.items()
        if particular == {"cell": results.settings.cell} and Places.of(SENTIMENT.name, name).metrics.exists()
    ]
    pooling = section_of(SENTIMENT.name, SENTIMENT.settings).model_dump()["pooling"]
    return alike[0] if alike and pooling == "last" and "last" in results.variants else ""


def likeness(results: Results, twin: str) -> str:
    """Whether `last` has the same scores as its twin in exercise 3, is the same kind of network, or has no twin."""
    if not twin:
        return "without a twin"
    there = results.value(f"{Places.of(SENTIMENT.name, twin).metrics}:seeds")
    same = results.over_seeds("last", "test", "accuracy") == [seed["test"]["accuracy"] for seed in there]
    return "same scores" if same else "same kind"


def reviews(page: Page) -> str:
    """Test reviews, each word shaded by its weight; in Markdown the heaviest are bold."""
    words, path = page.words, Path(extra_of("attention", page.exercise.name, "attention"))
    blocks = []
    for review in read_json(path):
        label = words["classes"]["positive" if review["label"] else "negative"]
        title = words["review"].format(label, f"{100 * review['probability']:.0f}")
        shares = [weight / max(review["weights"]) for weight in review["weights"]]
        shown = [shown_word(page, *pair) for pair in zip(review["words"], shares, strict=True)]
        text = " ".join(shown)
        blocks.append(f"**{title}**<br>\n{text}" if page.html else f"- *{title}:* {text}")
    if not blocks:
        return ""
    caption = f"{words.named('captions', 'reviews')} {words['shaded' if page.html else 'bold']}"
    return page.framed(("\n\n" if page.html else "\n").join(blocks), caption, "reviews")


def shown_word(page: Page, word: str, share: float) -> str:
    text = page.plain(word)
    return page.shade(text, share) if page.html else f"**{text}**" if share > HEAVY else text
