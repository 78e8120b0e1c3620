"""Exercise 1 in the report: what a matrix used more than once saves, and how its uses and its training compare."""

from functools import partial
from math import comb
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pipeline.core.stage import Results as Places
from pipeline.corpora.prepared.tables import SPLITS
from pipeline.report.charts import Chart, lines, seed_lines
from pipeline.report.curves import together
from pipeline.report.page import Page
from pipeline.report.quotes import Quotes
from pipeline.report.results import Results
from pipeline.report.words import Words

CORPUS = "metrics/data/digits.json"
TESTS = f"{CORPUS}:splits.test.examples"
MNIST = 70_000  # images
COLUMNS = ("train_loss", "gradient_norm")
MOMENTS = ("untrained", "trained")


def section(page: Page) -> dict[str, Any]:
    results, quotes, name = page.results, page.quotes, page.words.variant
    several = [variant for variant in results.variants if uses(results, variant) > 1]
    shared = [variant for variant in several if is_shared(results, variant)]
    pairs = [(a, b) for a, b in results.pairs("sharing") if a in shared]
    outcomes = {results.outcome("sharing", *pair) for pair in pairs}
    return {
        "whole": sum(results.value(f"{CORPUS}:splits.{split}.examples") for split in SPLITS) == MNIST,
        "one_image": quotes.marked(1 / results.value(TESTS), f"1 / {TESTS}", 2, 100),
        "has_shared": "shared" in results.variants,
        "has_separate": "separate" in results.variants,
        "has_shared_three": "shared_three" in results.variants,
        "has_separate_three": "separate_three" in results.variants,
        "used_once": "shared" in results.variants and "shared" not in shared,
        "depths_differ": len({uses(results, variant) for variant in shared}) > 1,
        "saving": [
            {
                "a": name(a),
                "b": name(b),
                "of_a": quotes.score(a, "parameters"),
                "of_b": quotes.score(b, "parameters"),
                "saved": quotes.saved(results.source(a, "parameters"), results.source(b, "parameters")),
            }
            for a, b in pairs
        ],
        "images": quotes.number(f"{results.train(results.variants[0])}:seeds.0.test.hidden_gradients.images"),
        "sharing": [
            {"name": name(variant), **{moment: gradients_of(quotes, variant, moment) for moment in MOMENTS}}
            for variant in shared
        ],
        "not_sharing": [
            {"name": name(variant), **{moment: listed_uses(quotes, variant, moment) for moment in MOMENTS}}
            for variant in several
            if variant not in shared
        ],
        "uses": agreement([ratio(results, variant, moment) for variant in shared for moment in MOMENTS]),
        "training": [training_of(quotes, a, b) for a, b in pairs],
        "curves": likeness(results, pairs),
        "seeds": len(results.seeds),
        "by_chance": round(200 / comb(2 * len(results.seeds), len(results.seeds))),  # one side above or below
        "outcome": next((kind for kind in ("worse", "better", "none") if kind in outcomes), "missing"),
        "verdicts": "; ".join(quotes.verdict("sharing", *pair) for pair in pairs),
    }


def figures(results: Results, words: Words) -> dict[str, Chart | None]:
    caption = {"train_loss": "train_loss_dropout" if results.settings.dropout else "train_loss"}
    charts: dict[str, Chart | None] = dict.fromkeys(COLUMNS)  # None: a single epoch makes no curve
    if max(training_curves(results, variant, "train_loss").shape[1] for variant in results.variants) > 1:
        for column in COLUMNS:
            paint = partial(draw_training, results=results, words=words, column=column)
            text = words.named("captions", caption.get(column, column))
            charts[column] = lines(paint, words["axes"]["epoch"], words["axes"][column], text)
    return charts


def is_shared(results: Results, variant: str) -> bool:
    return bool(results.particular[variant]["shared"])


def uses(results: Results, variant: str) -> int:
    """How many maps there are between the hidden layers of a variant."""
    return int(results.settings.hidden_layers + results.particular[variant]["more_layers"] - 1)


def use_norms(results: Results, variant: str, moment: str) -> list[str]:
    """Sources of the norms of what each use adds to its matrix's gradient; `moment`: `untrained` or `trained`."""
    keys = f"test.hidden_gradients.{moment}.uses"
    count = len(results.value(f"{results.train(variant)}:seeds.0.{keys}"))
    return [f"{results.train(variant)}:seeds.*.{keys}.{use}" for use in range(count)]


def listed_uses(quotes: Quotes, variant: str, moment: str) -> str:
    return quotes.words.listed([quotes.number(source, 3) for source in use_norms(quotes.results, variant, moment)])


def gradients_of(quotes: Quotes, variant: str, moment: str) -> dict[str, str]:
    """The norms of a shared matrix's uses, of their `sum`, and of a sum of parts at right angles (`square`)."""
    results, sources = quotes.results, use_norms(quotes.results, variant, moment)
    formula = f"pow({' + '.join(f'{source} * {source}' for source in sources)}, 0.5)"
    return {
        "uses": listed_uses(quotes, variant, moment),
        "sum": quotes.number(whole_norm(results, variant, moment), 3),
        "square": quotes.marked(at_right_angles(results, variant, moment), formula, 3),
    }


def whole_norm(results: Results, variant: str, moment: str) -> str:
    """The source of the norm of a shared matrix's gradient."""
    return f"{results.train(variant)}:seeds.*.test.hidden_gradients.{moment}.sum"


def at_right_angles(results: Results, variant: str, moment: str) -> float:
    """The norm of a sum of parts that are as long as those of the uses and at right angles to each other."""
    return float(sum(results.value(source) ** 2 for source in use_norms(results, variant, moment)) ** 0.5)


def ratio(results: Results, variant: str, moment: str) -> float:
    """Norm of a shared matrix's gradient over that of parts at right angles."""
    return float(results.value(whole_norm(results, variant, moment))) / at_right_angles(results, variant, moment)


def agreement(ratios: list[float]) -> str:
    """Whether the uses of a shared matrix ask for opposite things, the same, or neither; "missing" without any."""
    if not ratios:
        return "missing"
    return "opposite" if min(ratios) < 0.95 else "same" if max(ratios) > 1.05 else "neither"


def training_curves(results: Results, variant: str, column: str) -> np.ndarray:
    """(seeds, epochs), up to the last epoch that all seeds trained."""
    return together(results.history(variant, column))


def epochs_apart(results: Results, a: str, b: str, column: str) -> tuple[int, int]:
    """In how many epochs every seed of one variant is above every seed of the other, and out of how many."""
    first, second = (training_curves(results, variant, column) for variant in (a, b))
    epochs = min(first.shape[1], second.shape[1])
    first, second = first[:, :epochs], second[:, :epochs]
    apart = (first.min(axis=0) > second.max(axis=0)) | (first.max(axis=0) < second.min(axis=0))
    return int(apart.sum()), epochs


def training_of(quotes: Quotes, a: str, b: str) -> dict[str, str]:
    """In how many epochs the seeds of two variants are apart, and where their curves end."""
    found = {"a": quotes.words.variant(a), "b": quotes.words.variant(b)}
    for column in COLUMNS:
        source = f"{Places.of(quotes.results.name, a).history}:{column}"
        apart, epochs = epochs_apart(quotes.results, a, b, column)
        found[f"{column}_apart"] = quotes.marked(apart, f"{source}.apart.{b}")
        found[f"{column}_epochs"] = quotes.marked(epochs, f"{source}.epochs.{b}")
        for of, variant in (("a", a), ("b", b)):
            end = float(training_curves(quotes.results, variant, column)[:, -1].mean())
            where = f"{Places.of(quotes.results.name, variant).history}:{column}.end"
            found[f"{column}_of_{of}"] = quotes.marked(end, where, 3)
    return found


def likeness(results: Results, pairs: list[tuple[str, str]]) -> str:
    """Whether the curves of the pairs differ by more than their seeds do."""
    if not pairs:
        return "missing"
    if len(results.seeds) == 1:
        return "one seed"
    found = [epochs_apart(results, *pair, column) for pair in pairs for column in COLUMNS]
    share = float(np.mean([apart / of for apart, of in found]))
    return "coincide" if share <= 0.25 else "differ" if share > 0.5 else "both"


def draw_training(axes: Axes, results: Results, words: Words, column: str) -> None:
    """Curves on an axis from zero, a line for each variant."""
    curves = {words.variant(variant): training_curves(results, variant, column) for variant in results.variants}
    seed_lines(axes, np.arange(1, 1 + max(values.shape[1] for values in curves.values())), curves)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
