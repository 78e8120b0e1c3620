"""Exercise 3 in the report: LSTM against GRU, and what half the bits cost."""

from typing import Any

from pipeline.core.stage import Results as Places
from pipeline.registry import exercises
from pipeline.report.page import Page
from pipeline.report.results import PARAMS, TIMINGS, Results

IMDB = "metrics/data/imdb.json"


def section(page: Page) -> dict[str, Any]:
    results, settings = page.results, page.results.settings
    lstms = [variant for variant in ("lstm", "lstm_fp32") if variant in results.variants]
    return {
        "classified": page.words["pooled"][settings.pooling],
        "last_state": settings.pooling == "last",
        "several_layers": settings.layers > 1,
        "both_directions": settings.bidirectional,
        "cut": settings.max_length < results.value(f"{IMDB}:splits.train.length.max"),
        "split": split(results),
        "confused": (lstms or results.variants)[0],
        "gru": "gru" in results.variants,
        "lstm": lstms[0] if lstms else "",
        "mostly_embedding": mostly_embedding(results),
        "cell": results.outcome("cell", "gru", "lstm_fp32"),
        "times": times(page),
        "bits": bits(results),
        "precision": results.outcome("precision", "lstm", "lstm_fp32"),
        "trained_in": f"`{results.value(f'{PARAMS}:precision')}`",
        "packing_differs": packing_differs(results),
    }


def split(results: Results) -> str:
    """Where the test reviews come from."""
    if results.edition == "packaged":
        return "packaged"
    return "published" if results.value(f"{IMDB}:read.test reviews") else "own"


def mostly_embedding(results: Results) -> bool:
    """Whether more than half of every network's parameters are its embedding."""
    embedding = results.value(f"{IMDB}:vocabulary") * results.settings.embedding_size
    return bool(all(2 * embedding > results.score(variant, "parameters") for variant in results.variants))


def times(page: Page) -> str:
    """Seconds per epoch of every variant, as a list in words."""
    return page.words.listed([
        f"{page.quotes.number(f'{TIMINGS}:{page.results.name}.{variant}.seconds_per_epoch', 1)} s "
        f"({page.words.variant(variant)})"
        for variant in page.results.variants
    ])  # fmt: skip


def bits(results: Results) -> str:
    """How many bits the LSTM has that is compared with the one in fp32; empty if one of the two is missing."""
    if not {"lstm", "lstm_fp32"} <= set(results.variants):
        return ""
    return "half" if results.value(f"{results.train('lstm')}:precision") == "bf16" else "all"


def packing_differs(results: Results) -> bool:
    """Whether exercise 6, where there is one, is an exception to what is said of the page's LSTMs."""
    packing = exercises().get("packing")
    if packing is None or "padded" not in packing.variants:
        return False
    return results.value(f"{Places.of('packing', 'padded').metrics}:precision") == "fp32"
