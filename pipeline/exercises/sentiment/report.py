"""Exercise 3 in the report: LSTM against GRU, an open forget gate, and what a linear model of the words reaches."""

from typing import Any

from pipeline.report.page import Page
from pipeline.report.results import TIMINGS, Results

IMDB = "metrics/data/imdb.json"


def section(page: Page) -> dict[str, Any]:
    results, settings = page.results, page.results.settings
    cells = {variant: results.particular[variant]["cell"] for variant in results.variants}
    networks = [variant for variant in results.variants if cells[variant]]
    unfinished = [variant for variant in networks if ends_at_its_best(results, variant)]
    beside = {network: results.outcome("baseline", network, other) for network, other in results.pairs("baseline")}
    losers = [network for network, outcome in beside.items() if outcome == "worse"]
    words: dict[str, Any] = {
        "networks": bool(networks),
        "classified": page.words["pooled"][settings.pooling],
        "last_state": settings.pooling == "last",
        "several_layers": settings.layers > 1,
        "both_directions": settings.bidirectional,
        "cut": settings.max_length < results.value(f"{IMDB}:splits.train.length.max"),
        "split": split(results),
        "confused": (networks or results.variants)[0],
        "gru": "gru" in networks,
        "lstm": "lstm" in networks,
        "mostly_embedding": mostly_embedding(results, networks),
        "cell": results.outcome("cell", "gru", "lstm"),
        "forget": results.outcome("forget", "lstm", "lstm_forget_0"),
        "times": times(page, networks) if networks else "",
        "linear": "linear" in results.variants,
        "baseline": standing(list(beside.values())),
        "losers": page.quotes.names(losers) if losers else "",
        "rest": results.outcome("whole", "linear_whole", "linear"),
        "unfinished": page.quotes.names(unfinished) if unfinished else "",
    }
    return words | {
        "compares_forgetting": words["forget"] != "missing",
        "rest_is_measured": words["rest"] != "missing" and words["cut"],
        "by_last_state": words["last_state"] and words["networks"],
    }


def standing(outcomes: list[str]) -> str:
    """How the networks stand against the linear model."""
    if not outcomes:
        return "missing"
    if len(set(outcomes)) == 1:
        return outcomes[0]
    return "mixed" if "better" in outcomes else "none better"


def split(results: Results) -> str:
    """Where the test reviews come from."""
    if results.edition == "packaged":
        return "packaged"
    return "published" if results.value(f"{IMDB}:read.test reviews") else "own"


def mostly_embedding(results: Results, networks: list[str]) -> bool:
    """Whether more than half of every network's parameters are its embedding."""
    embedding = results.value(f"{IMDB}:vocabulary") * results.settings.embedding_size
    return bool(all(2 * embedding > results.score(variant, "parameters") for variant in networks))


def times(page: Page, networks: list[str]) -> str:
    """Seconds per epoch of every network, as a list in words."""
    return page.words.listed([
        f"{page.quotes.number(f'{TIMINGS}:{page.results.name}.{variant}.seconds_per_epoch', 1)} s "
        f"({page.words.variant(variant)})"
        for variant in networks
    ])  # fmt: skip


def ends_at_its_best(results: Results, variant: str) -> bool:
    """Whether every seed's best epoch is its last, so that more epochs might help."""
    return results.over_seeds(variant, "best_epoch") == results.over_seeds(variant, "epochs")
