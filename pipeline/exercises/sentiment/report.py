"""Exercise 3 in the report: LSTM against GRU, an open forget gate, and what a linear model of the words reaches."""

from typing import Any

from pipeline.report.page import Page
from pipeline.report.results import TIMINGS, Results

IMDB = "metrics/data/imdb.json"


def section(page: Page) -> dict[str, Any]:
    results, settings = page.results, page.results.settings
    cells = {variant: results.particular[variant]["cell"] for variant in results.variants}
    networks = [variant for variant in results.variants if cells[variant]]
    unfinished = [variant for variant in networks if results.ends_at_its_best(variant)]
    beside = {network: results.outcome("baseline", network, other) for network, other in results.pairs("baseline")}
    forget = results.outcome("forget", "lstm", "lstm_forget_0")
    rest = results.outcome("whole", "linear_whole", "linear")
    cut = settings.max_length < results.value(f"{IMDB}:splits.train.length.max")
    losers = [network for network, outcome in beside.items() if outcome == "worse"]
    return {
        "networks": bool(networks),
        "classified": page.words["pooled"][settings.pooling],
        "last_state": settings.pooling == "last",
        "by_last_state": settings.pooling == "last" and bool(networks),
        "several_layers": settings.layers > 1,
        "both_directions": settings.bidirectional,
        "cut": cut,
        "split": split(results),
        "confused": (networks or results.variants)[0],
        "gru": "gru" in networks,
        "lstm": "lstm" in networks,
        "mostly_embedding": mostly_embedding(results, networks),
        "cell": results.outcome("cell", "gru", "lstm"),
        "compares_forgetting": forget != "missing",
        "forget": forget,
        "times": times(page, networks) if networks else "",
        "linear": "linear" in results.variants,
        "baseline": standing(list(beside.values())),
        "losers": page.quotes.names(losers) if losers else "",
        "rest_is_measured": rest != "missing" and cut,
        "rest": rest,
        "unfinished": page.quotes.names(unfinished) if unfinished else "",
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
