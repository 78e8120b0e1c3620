"""Exercise 4 in the report: what training the vectors changes in accuracy, in the nearest words, and in time."""

from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from pipeline.core.errors import PipelineError
from pipeline.core.files import how_to_build, read_json
from pipeline.core.stage import Results as Places
from pipeline.exercises.embeddings.stage import STARTS
from pipeline.report.page import Page
from pipeline.report.results import PARAMS, Outcome, Results
from pipeline.report.words import Words

WORD2VEC, VECTORS = Path("metrics/train/word2vec.json"), "metrics/data/vectors.json"
COMMON = 5000  # words among which neighbours are looked for
NEAREST = 5
COLUMNS = {  # of the table of neighbours
    "as_they_came": "word2vec_frozen",
    "after_training": "word2vec_trained",
    "from_random": "random_trained",
}
PRETRAINED = STARTS[1:]
KINDS = {"random": "random", "own": "word2vec", "given": "glove"}


def variant_names(results: Results, words: Words) -> dict[str, str]:
    """Names without GloVe, where the vectors of the edition are others."""
    if known_vectors(results, words):
        return {}
    return {name: words.variant(name).replace("GloVe", words["ready_made"]) for name in results.variants}


def section(page: Page) -> dict[str, Any]:
    results, settings = page.results, page.results.settings
    facts = results.particular.values()
    both = trained_both_ways(results)
    shown = [name for name in COLUMNS.values() if name in results.variants]
    sizes = {dimensions(results, variant["start"]) for variant in facts}
    found: dict[str, Any] = {
        "a_cell": page.words["a_cell"][settings.cell],
        "several_layers": settings.layers > 1,
        "bidirectional": settings.bidirectional,
        **{f"{kind}_start": any(variant["start"] == start for variant in facts) for kind, start in KINDS.items()},
        "vectors": known_vectors(results, page.words) or page.words["other_vectors"],
        "unlike_sizes": len(sizes) > 1,
        **{kind: any(variant["training"] == kind for variant in facts) for kind in ("trained", "frozen")},
        **{kind: f"glove_{kind}" in results.variants for kind in ("gradual", "longer")},
        "frozen_longer": settings.frozen.epochs > settings.epochs,
        "own_rate": settings.frozen.learning_rate != settings.learning_rate,
        "frozen_epochs": page.quotes.marked(
            settings.frozen_epochs, f"{PARAMS}:embeddings.longer.epochs - {PARAMS}:embeddings.epochs"
        ),
        "thaw": thaw(results),
        "rising": named(page, still_rising(results)),
        "random_freezing": results.outcome("embeddings", "random_frozen", "random_trained"),
        **pretrained_freezing(page),
        **starts_that_help(page),
        "own_or_given": results.outcome("embeddings", "word2vec_frozen", "glove_frozen"),
        "thawing": results.outcome("embeddings", "glove_gradual", "glove_trained"),
        "thawing_longer": results.outcome("embeddings", "glove_gradual", "glove_longer"),
        **dict.fromkeys(("example_trained", "example_frozen", "example_start"), ""),
        "neighbours": neighbours_table(page, shown) if shown else "",
        **{column: name in shown for column, name in COLUMNS.items()},
        **time_saved(page, both if len(sizes) == 1 else []),
    }
    if both:
        start = both[-1]
        found |= {f"example_{training}": f"{start}_{training}" for training in ("trained", "frozen")}
        found |= {f"whole_{training}": whole(page, f"{start}_{training}") for training in ("trained", "frozen")}
        found["example_start"] = found["vectors"] if start == "glove" else page.words["starts"][start]
    return found


def known_vectors(results: Results, words: Words) -> str:
    """What the vectors of the edition are called; empty if the edition is a user's own."""
    return words.get("vectors", results.value(f"{VECTORS}:edition"), "")


def trained_both_ways(results: Results) -> list[str]:
    """The starts whose vectors one variant trains and another leaves as they are."""
    return [start for start in STARTS if {f"{start}_trained", f"{start}_frozen"} <= set(results.variants)]


def dimensions(results: Results, start: str) -> int:
    """Numbers of a vector."""
    given = {"glove": f"{VECTORS}:dimensions", "word2vec": f"{PARAMS}:embeddings.word2vec.dimensions"}
    return int(results.value(given.get(start, f"{PARAMS}:embeddings.embedding_size")))


def divided(page: Page, outcome: Outcome, pairs: list[tuple[str, str]]) -> tuple[str, str]:
    """The first variants of the pairs that are compared: those for which the outcome is shown, and the others."""
    found = {pair[0]: page.results.outcome("embeddings", *pair) for pair in pairs}
    shown = [variant for variant, of in found.items() if of == outcome]
    others = [variant for variant, of in found.items() if of not in (outcome, "missing")]
    return named(page, shown), named(page, others)


def pretrained_freezing(page: Page) -> dict[str, str]:
    """Whether all pretrained vectors are worse if they stay as they came, which are, and which are not shown to be."""
    worse, others = divided(page, "worse", [(f"{start}_frozen", f"{start}_trained") for start in PRETRAINED])
    whether = "not worse" if others else "worse" if worse else "missing"
    return {"pretrained_freezing": whether, "frozen_worse": worse, "frozen_others": others}


def starts_that_help(page: Page) -> dict[str, Any]:
    """The pretrained starts that are better than a random one if the vectors are trained anyway, and those that are not
    shown to be."""
    helping, others = divided(page, "better", [(f"{start}_trained", "random_trained") for start in PRETRAINED])
    return {"helping": helping, "not_helping": others, "some_help": bool(helping and others)}


def named(page: Page, variants: list[str]) -> str:
    """Their names as a list; empty if there are none."""
    return page.quotes.names(variants) if variants else ""


def thaw(results: Results) -> str:
    """Whether the rate at the thaw is as `high` as the highest with which vectors are trained from the first step, or
    `low`; `late` where a seed had stopped by then."""
    if "glove_gradual" not in results.variants:
        return "missing"
    rates = results.history("glove_gradual", "learning_rate")  # at the end of each epoch; the same for all seeds
    frozen = results.settings.frozen_epochs
    if min(map(len, rates)) <= frozen:
        return "late"
    return "high" if rates[0][frozen - 1] >= results.settings.learning_rate else "low"


def still_rising(results: Results) -> list[str]:
    """The frozen variants whose last epoch was the best in every seed."""
    return [
        name
        for name in results.variants
        if results.particular[name]["training"] == "frozen" and results.ends_at_its_best(name)
    ]


def whole(page: Page, variant: str) -> str:
    """How many seconds all epochs of a training take."""
    seconds, epochs = page.results.source(variant, "seconds_per_epoch"), f"{page.results.train(variant)}:seeds.*.epochs"
    return page.quotes.marked(page.results.value(seconds) * page.results.value(epochs), f"{seconds} * {epochs}", 0)


def time_saved(page: Page, starts: list[str]) -> dict[str, Any]:
    """What frozen vectors save of an epoch on the mean over the starts, and how far rows of equal work lie apart.

    A saving that is not larger than that is not shown. One start alone does not tell how far they lie apart.
    """
    if len(starts) < 2:
        return {"saving": "unknown"}
    results = page.results
    trained, frozen = ([results.source(f"{start}_{training}", "seconds_per_epoch") for start in starts]
                       for training in ("trained", "frozen"))  # fmt: skip
    slow, quick = ([results.value(source) for source in sources] for sources in (trained, frozen))
    spread = max(max(rows) - min(rows) for rows in (slow, quick))
    share = f"1 - ({' + '.join(frozen)}) / ({' + '.join(trained)})"
    apart = (f"max({', '.join(kind)}) - min({', '.join(kind)})" for kind in (trained, frozen))
    return {
        "saving": "shown" if fmean(slow) - fmean(quick) > spread else "not shown",
        "saved": page.quotes.marked(1 - fmean(quick) / fmean(slow), share, 0, 100),
        "spread": page.quotes.marked(spread, f"max({', '.join(apart)})", 1),
    }


def neighbours_table(page: Page, variants: list[str]) -> str:
    """The nearest words as a table, a row for each word."""
    near = neighbours(variants, page.results.seeds[0])
    words = page.results.value("metrics/data/imdb.json:vocabulary")
    common = page.quotes.marked(min(COMMON, words), f"min({COMMON}, metrics/data/imdb.json:vocabulary)")
    head = [page.words["word"], *(page.words.variant(variant) for variant in variants)]
    rows = [
        [page.plain(word), *(page.plain(", ".join(found[variant])) for variant in variants)]
        for word, found in near.items()
    ]
    caption = page.words.named("captions", "neighbours").format(common)
    return page.framed(page.table(head, rows, "---"), caption, "wide texts")


def neighbours(variants: list[str], seed: int) -> dict[str, dict[str, list[str]]]:
    """The words nearest by cosine to some words, in the vectors that each variant has with a seed.

    Frozen vectors are those that the trained ones began with. The words asked about are those of
    metrics/train/word2vec.json.

    Raises:
        PipelineError: a variant has no weights.
    """
    from safetensors.numpy import load_file

    near: dict[str, dict[str, list[str]]] = {word: {} for word in read_json(WORD2VEC)["neighbours"]}
    for variant in variants:
        folder = Places.of("embeddings", variant).models
        words = read_json(folder / "vocabulary.json")[:COMMON]
        weights = folder / f"seed_{seed}.safetensors"
        if not weights.exists():
            raise PipelineError(f"{weights} is missing: run `{how_to_build(folder)}`")
        table = load_file(weights)["embedding.weight"][:COMMON].astype(np.float64)
        table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)
        for word in near:
            if word in words:
                row = words.index(word)
                order = np.argsort(-(table @ table[row]), kind="stable")
                # Row 0 is padding and row 1 the unknown word.
                near[word][variant] = [words[i] for i in order if i > 1 and i != row][:NEAREST]
    return {word: found for word, found in near.items() if len(found) == len(variants)}
