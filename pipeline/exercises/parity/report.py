"""Exercise 0 in the report: which networks make no mistake, at which lengths, and what the sheet's script lacks."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pipeline.core.stage import Results as Places
from pipeline.exercises.parity.diagram import diagrams
from pipeline.exercises.parity.errata import printed
from pipeline.exercises.parity.stage import LENGTHS, SCRIPT, SHORT
from pipeline.report.charts import Chart, lines, seed_lines
from pipeline.report.curves import together
from pipeline.report.lesson import listing
from pipeline.report.page import Page
from pipeline.report.quotes import Quotes
from pipeline.report.results import Results
from pipeline.report.style import GREY
from pipeline.report.words import Words

CORPUS = "metrics/data/parity.json"
NEAR, FAR = "validation_accuracy", f"validation_accuracy_{LENGTHS[-1]}"
CHANCE = 0.55  # accuracy below which a network is said to guess
SIZES = ("embedding_size", "hidden_size")


def section(page: Page) -> dict[str, Any]:
    results, quotes, words = page.results, page.quotes, page.words
    kinds = [variant for variant in results.variants if trained_in_full(results, variant)]
    plain, lstm = network(results, "rnn"), network(results, "lstm")
    sheet = network(results, "lstm", layers=2, bidirectional=True)
    right, far = (without_mistake(results, kinds, column) for column in ("accuracy_10", "accuracy_500"))
    tests = f"{CORPUS}:splits.test_500.examples"
    unordered = next((v for v in results.variants if not results.particular[v].get("curriculum", True)), None)
    script = next((v for v in results.variants if results.particular[v].get("script")), None)
    return {
        "plain": plain,
        "sheet": sheet,
        "sheet_sizes": {key: results.particular[sheet][key] for key in SIZES} if sheet else None,
        "backward": any(results.particular[variant]["bidirectional"] for variant in results.variants),
        "curriculum": results.settings.epochs > SHORT,
        "right": share(right, kinds),
        "right_names": quotes.names(right) if right else "",
        "far": share(far, kinds),
        "far_names": quotes.names(far) if far else "",
        "left_open": quotes.marked(3 / results.value(tests), f"3 / {tests}", 2, 100),
        "with_length": with_length(results, plain) if plain else "missing",
        "gated": lstm,
        "gates": results.outcome("length", lstm, plain) if plain and lstm else "missing",
        "unordered": unordered,
        "script": script,
        "script_batches": SCRIPT["batches"],
        "script_batch_size": SCRIPT["batch_size"],
        "script_rate": SCRIPT["learning_rate"],
        "script_loss": script_loss(quotes, script) if script else "",
        "script_guesses": script is not None and results.score(script, "accuracy_10") < CHANCE,
        "otherwise": bool(script or unordered),
        "longer": longer(results, unordered, script),
        "order": order(results, sheet, unordered),
        "seeds": len(results.seeds),
        "printed": lambda name: f"\n\n{listing(page, printed(name), 'text')}\n\n",
        "guessing": guessing(results, unordered) if unordered else 0,
        "epochs_to_right": page.framed(
            page.table(
                [words["variant"], *(words.named("columns", f"epochs_{length}") for length in (10, 500))],
                [
                    [words.variant(variant), *(epochs_to_right(quotes, variant, column) for column in (NEAR, FAR))]
                    for variant in results.variants
                    if variant != script
                ],
            ),
            words.named("captions", "epochs_to_right"),
        ),
    }


def figures(results: Results, words: Words) -> dict[str, Chart]:
    paint = partial(draw_lengths, results=results, words=words)
    lengths = lines(paint, words["axes"]["digits"], words["axes"]["accuracy"], seen(results, words))
    return {"lengths": lengths, **diagrams(words)}


def seen(results: Results, words: Words) -> str:
    """The caption of the accuracy over length, with the digits that training saw at most."""
    longest = results.value(f"{CORPUS}:splits.train.length.max")
    rising, others = [], []
    for variant in results.variants:
        if trained_in_full(results, variant):
            rising.append(min(longest, max(SHORT, *results.over_seeds(variant, "epochs"))))
        else:
            others.append(LENGTHS[0] if results.particular[variant].get("script") else min(longest, LENGTHS[0]))
    if rising and others and max(rising) != max(others):
        return words.named("captions", "lengths_unlike").format(max(rising), max(others))
    return words.named("captions", "lengths").format(max(rising + others))


def trained_in_full(results: Results, variant: str) -> bool:
    """Whether a variant trains as the settings say, short sequences first."""
    facts = results.particular[variant]
    return facts.get("curriculum", True) and not facts.get("script")


def network(results: Results, cell: str, layers: int = 1, bidirectional: bool = False) -> str | None:
    """The variant with these properties that trains in full; None if there is none."""
    wanted = {"cell": cell, "layers": layers, "bidirectional": bidirectional}.items()
    full = (variant for variant in results.variants if trained_in_full(results, variant))
    return next((variant for variant in full if wanted <= results.particular[variant].items()), None)


def without_mistake(results: Results, variants: list[str], column: str) -> list[str]:
    """Those that make no mistake with any seed."""
    return [variant for variant in variants if results.score(variant, column) == 1]


def share(some: list[str], every: list[str]) -> str:
    """All, some or none of several variants; one of a single one."""
    if not some:
        return "none"
    return "some" if len(some) < len(every) else "one" if len(every) == 1 else "all"


def with_length(results: Results, variant: str) -> str:
    """How a network's accuracy changes from ten digits to five hundred."""
    near, far = results.score(variant, "accuracy_10"), results.score(variant, "accuracy_500")
    return "kept" if near == far == 1 else "lost" if far < near else "no worse"


def guessing(results: Results, variant: str) -> int:
    """With how many seeds a network still guesses at the lengths of training."""
    return sum(score < CHANCE for score in results.over_seeds(variant, "test", "accuracy_10"))


def longer(results: Results, unordered: str | None, script: str | None) -> str:
    """What training for longer does without a curriculum: `in vain`, a matter of `luck`, or how it compares."""
    if unordered is None:
        return "missing"
    if guesses := guessing(results, unordered):
        return "in vain" if guesses == len(results.seeds) else "luck"
    return results.outcome("script", unordered, script) if script else "missing"


def order(results: Results, sheet: str | None, unordered: str | None) -> str:
    """How short sequences first compare with all at once; `certain`: no difference is shown, but they never fail."""
    if sheet is None or unordered is None:
        return "missing"
    found = results.outcome("script", sheet, unordered)
    certain = guessing(results, sheet) == 0 < guessing(results, unordered)
    return "certain" if found == "none" and certain else found


def script_loss(quotes: Quotes, variant: str) -> str:
    """The mean loss of the script's batches, over seeds."""
    value = float(together(quotes.results.history(variant, "train_loss"))[:, -1].mean())
    return quotes.marked(value, f"{Places.of(quotes.results.name, variant).history}:train_loss.end", 2)


def epochs_to_right(quotes: Quotes, variant: str, column: str) -> str:
    """For every seed the first epoch after which every validation answer is right."""
    source, found = Places.of(quotes.results.name, variant).history, []
    for seed, curve in zip(quotes.results.seeds, quotes.results.history(variant, column), strict=True):
        right = np.flatnonzero(curve == 1)
        never = quotes.words.named("captions", "never")
        found.append(quotes.marked(int(right[0]) + 1, f"{source}:{column}.first.{seed}") if len(right) else never)
    return ", ".join(found)


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
