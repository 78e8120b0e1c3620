"""Exercise 6 in the report: what padding and packing cost where they were timed, and what padding spoils."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pipeline.exercises.packing.diagram import diagrams
from pipeline.report.charts import Chart, bars, lines, seed_lines
from pipeline.report.page import Page
from pipeline.report.results import PARAMS, Results
from pipeline.report.words import Words

REVIEWS, AVAILABLE = f"{PARAMS}:packing.reviews", "metrics/data/imdb.json:splits.train.examples"


def section(page: Page) -> dict[str, Any]:
    results, quotes, settings = page.results, page.quotes, page.results.settings
    ways, misread = ways_of(results), misread_of(results)
    seconds = {variant: results.source(variant, "seconds_per_epoch") for variant in ways}
    precisions = {results.value(f"{results.train(variant)}:precision") for variant in results.variants}
    reviews = min(results.value(REVIEWS), results.value(AVAILABLE))
    found: dict[str, Any] = {
        "a_cell": page.words["a_cell"][settings.cell],
        "several_layers": settings.layers > 1,
        "bidirectional": settings.bidirectional,
        "vectors": page.words.get(
            "vectors", results.value("metrics/data/vectors.json:edition"), page.words["other_vectors"]
        ),
        "pooling": page.words.named("poolings", settings.pooling),
        **{f"{kind}_pooling": page.words.get(f"{kind}_poolings", settings.pooling, "") for kind in ("spoilt", "kept")},
        "reviews": quotes.marked(reviews, f"min({REVIEWS}, {AVAILABLE})"),
        "batch_tokens": settings.batch_tokens is not None,
        **{f"{variant}_way": variant in results.variants for variant in ("single", "padded", "packed", "bucketed")},
        "batched": not {"padded", "packed", "bucketed"}.isdisjoint(ways),
        "packs_on_a_cpu": results.devices == {"cpu"} and "packed" in ways,
        "several_ways": len(ways) > 1,
        "every_way": page.words.get("every_way", str(len(ways)), page.words["all_ways"]),
        "in_single_precision": precisions == {"fp32"} and len(ways) > 1,
        "dropout": settings.dropout > 0 and "single" in results.variants,
        "last_state": "last" in results.variants,
        "misread": misread,
        "misread_reviews": read(page, misread[0], "reviews", 0, 1) if misread else "",
        "seeds": len(results.seeds),
        **spoilt(results, misread),
        "read": partial(read, page),
        "unlike_devices": len(results.devices) > 1,
        "on_cpu": results.devices == {"cpu"},
        "fused": results.devices == {"cpu"} and settings.cell == "lstm",
        "packing": "unknown",
        "bucketing": "unknown",
        "batching": "unknown",
    }
    if len(results.devices) == 1:
        for name, slow, quick in (
            ("packing", "padded", "packed"), ("bucketing", "padded", "bucketed"), ("batching", "single", "bucketed"),
        ):  # fmt: skip
            if {slow, quick} <= set(results.variants):
                found[name] = "quicker" if results.value(seconds[quick]) < results.value(seconds[slow]) else "slower"
                found[f"{name}_quicker"] = quotes.ratio(seconds[slow], seconds[quick], 1)
                found[f"{name}_slower"] = quotes.ratio(seconds[quick], seconds[slow], 1)
    return found


def ways_of(results: Results) -> list[str]:
    """The variants that are timed against each other."""
    return [variant for variant in results.variants if variant != "last"]


def misread_of(results: Results) -> list[str]:
    """The variants that are also tested with padding taken for a part of the review."""
    return [variant for variant in ("last", "padded") if variant in results.variants]


def pooling_of(results: Results, variant: str) -> str:
    """What of the states is classified."""
    return str(results.particular[variant].get("pooling", results.settings.pooling))


def spoilt(results: Results, variants: list[str]) -> dict[str, Any]:
    """In how many seeds fewer answers are right with the padding of shuffled batches: in every one, some or none."""
    found: dict[str, Any] = {"last_spoilt": "missing", "padded_spoilt": "missing"}
    for variant in variants:
        seeds = results.over_seeds(variant, "test", "misread")
        fewer = sum(one["batched"]["accuracy"] < one["right"] for one in seeds)
        found[f"{variant}_seeds"] = fewer
        found[f"{variant}_spoilt"] = "every" if fewer == len(seeds) else "some" if fewer else "none"
    return found


def read(page: Page, variant: str, keys: str, digits: int = 1, scale: float = 100) -> str:
    """A number of what padding spoils: `right`, `batched.changed`, `accuracy.0`; see `misread` in train.py."""
    return page.quotes.number(f"{page.results.train(variant)}:seeds.*.test.misread.{keys}", digits, scale)


def figures(results: Results, words: Words) -> dict[str, Chart]:
    axes = words["axes"]
    seconds = {words.variant(way): results.score(way, "seconds_per_epoch") for way in ways_of(results)}
    caption = words["seconds_caption"] + (f" {words['core_seconds']}" if results.devices == {"cpu"} else "")
    charts = {"seconds": bars(seconds, axes["seconds"], caption), **diagrams(words)}
    if misread_of(results):
        draw = partial(draw_misread, results=results, words=words)
        charts["misread"] = lines(draw, axes["padding"], words.metric("accuracy").axis)
    return charts


def draw_misread(axes: Axes, results: Results, words: Words) -> None:
    """Test accuracy in per cent over the columns of padding, dashed where the lengths are honoured."""
    for number, variant in enumerate(misread_of(results)):
        found = results.over_seeds(variant, "test", "misread")
        padding = np.array([0, *found[0]["padding"]])
        values = 100 * np.array([[one["right"], *one["accuracy"]] for one in found])  # (seeds, points)
        name = words.named("poolings", pooling_of(results, variant))
        seed_lines(axes, padding, {f"{name}: {words['misread']}": values}, first=number)
        colour = axes.get_lines()[-1].get_color()
        axes.axhline(values[:, 0].mean(), color=colour, linestyle="--", label=f"{name}: {words['honoured']}")
