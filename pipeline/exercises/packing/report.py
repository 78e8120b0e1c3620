"""Exercise 6 in the report: what padding and packing cost, on the machine and with the network that were timed."""

from typing import Any

from pipeline.report.page import Page
from pipeline.report.results import PARAMS

REVIEWS, AVAILABLE = f"{PARAMS}:packing.reviews", "metrics/data/imdb.json:splits.train.examples"


def section(page: Page) -> dict[str, Any]:
    results, quotes, settings = page.results, page.quotes, page.results.settings
    seconds = {variant: results.source(variant, "seconds_per_epoch") for variant in results.variants}
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
        "reviews": quotes.marked(reviews, f"min({REVIEWS}, {AVAILABLE})"),
        "batch_tokens": settings.batch_tokens is not None,
        **{f"{variant}_way": variant in results.variants for variant in ("single", "padded", "packed", "bucketed")},
        "several_ways": len(results.variants) > 1,
        "every_way": page.words.get("every_way", str(len(results.variants)), page.words["all_ways"]),
        "in_single_precision": precisions == {"fp32"} and len(results.variants) > 1,
        "dropout": settings.dropout > 0 and "single" in results.variants,
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
