"""Exercise 0 in the report: which networks make no mistake, and whether what was learnt holds at greater lengths."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pipeline.exercises.parity.stage import LENGTHS, SHORT
from pipeline.report.charts import Chart, lines, seed_lines
from pipeline.report.page import Page
from pipeline.report.results import Results
from pipeline.report.style import GREY
from pipeline.report.words import Words

CORPUS = "metrics/data/parity.json"


def section(page: Page) -> dict[str, Any]:
    results, quotes = page.results, page.quotes
    plain, lstm = network(results, "rnn"), network(results, "lstm")
    right, far = (without_mistake(results, column) for column in ("accuracy_10", "accuracy_500"))
    tests = f"{CORPUS}:splits.test_500.examples"
    return {
        "plain": plain,
        "sheet": network(results, "lstm", layers=2, bidirectional=True),
        "backward": any(facts["bidirectional"] for facts in results.particular.values()),
        "curriculum": results.settings.epochs > SHORT,
        "right": share(right, results.variants),
        "right_names": quotes.names(right) if right else "",
        "far": share(far, results.variants),
        "far_names": quotes.names(far) if far else "",
        "left_open": quotes.marked(3 / results.value(tests), f"3 / {tests}", 2, 100),
        "with_length": with_length(results, plain) if plain else "missing",
        "gated": lstm,
        "gates": results.outcome("length", lstm, plain) if plain and lstm else "missing",
    }


def figures(results: Results, words: Words) -> dict[str, Chart]:
    longest = results.value(f"{CORPUS}:splits.train.length.max")
    caption = words.named("captions", "lengths").format(min(longest, max(SHORT, results.settings.epochs)))
    paint = partial(draw_lengths, results=results, words=words)
    return {"lengths": lines(paint, words["axes"]["digits"], words["axes"]["accuracy"], caption)}


def network(results: Results, cell: str, layers: int = 1, bidirectional: bool = False) -> str | None:
    """The variant with exactly these properties; None if there is none."""
    facts = {"cell": cell, "layers": layers, "bidirectional": bidirectional}
    return next((variant for variant in results.variants if results.particular[variant] == facts), None)


def without_mistake(results: Results, column: str) -> list[str]:
    """The variants that make no mistake with any seed."""
    return [variant for variant in results.variants if results.score(variant, column) == 1]


def share(some: list[str], every: list[str]) -> str:
    """All, some or none of several variants; one of a single one."""
    if not some:
        return "none"
    return "some" if len(some) < len(every) else "one" if len(every) == 1 else "all"


def with_length(results: Results, variant: str) -> str:
    """How a network's accuracy changes from ten digits to five hundred."""
    near, far = results.score(variant, "accuracy_10"), results.score(variant, "accuracy_500")
    return "kept" if near == far == 1 else "lost" if far < near else "no worse"


def draw_lengths(axes: Axes, results: Results, words: Words) -> None:
    """Test accuracy in per cent over length, a line for each variant."""
    scores = {
        words.variant(variant): 100
        * np.transpose([results.over_seeds(variant, "test", f"accuracy_{length}") for length in LENGTHS])
        for variant in results.variants
    }
    at = np.arange(len(LENGTHS), dtype=float)
    seed_lines(axes, at, scores, dodge=0.05)
    axes.axhline(50, color=GREY, linewidth=0.8, linestyle="--")
    axes.set_ylim(min(48.0, axes.get_ylim()[0]), 102)
    axes.set_xticks(at, [f"1-{LENGTHS[0]}", *map(str, LENGTHS[1:])])
