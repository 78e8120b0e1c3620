"""Exercises 8 and 11 in the report: what attention brings, whether one vector is too small, and where it looked."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pipeline.core.stage import Results as Places
from pipeline.core.stage import extra_of
from pipeline.exercises.translation.attended import Kept, Sentence, kept_sentences, shared_sentences
from pipeline.exercises.translation.by_length import bleu_by_length
from pipeline.exercises.translation.diagram import diagrams
from pipeline.exercises.translation.stage import WELL
from pipeline.report.charts import Chart, lines, seed_lines
from pipeline.report.page import Page
from pipeline.report.results import Results
from pipeline.report.words import Words

BASELINE = "none"
FAINT = 0.05  # weights under this are left blank
LITTLE = 5  # BLEU below which a network has hardly begun to use its source
SETTLED = 0.05  # share of the validation perplexity that the last epoch may still take off
FEW = 0.5  # share of different translations, below which the network is said to repeat itself
SHOWN = 3  # translations


def section(page: Page) -> dict[str, Any]:
    results, quotes, settings = page.results, page.quotes, page.results.settings
    attending = [variant for variant in results.variants if variant != BASELINE]
    baseline = BASELINE in results.variants
    compared = [variant for variant in attending if results.outcome("attention", variant, BASELINE) != "missing"]
    better = [variant for variant in compared if results.outcome("attention", variant, BASELINE) == "better"]
    sooner = better and settings.epochs <= settings.none.epochs
    kept = {variant: kept_sentences(page.exercise.name, variant) for variant in attending}
    found: dict[str, Any] = {
        "texts": page.words.get("texts", results.edition, ""),
        "paired": results.edition == "packaged",
        "stems": bool(results.value("metrics/data/translation.json:stems")),
        "baseline": baseline,
        "attending": attending,
        "attentions": quotes.names(attending) if attending else "",
        "bahdanau": "bahdanau" in attending,
        "luong": "luong" in attending,
        "both": {"bahdanau", "luong"} <= set(attending),
        "epochs": budget(results, baseline, bool(attending)),
        "pays": "missing" if not compared else "all" if better == compared else "some" if better else "none",
        "verdicts": "; ".join(quotes.verdict("attention", variant, BASELINE) for variant in compared),
        "between": results.outcome("attention", "luong", "bahdanau") != "missing",
        "heat_maps": heat_maps(page, kept) if kept else "",
        "heaviest": heaviest(page, kept) if kept else "",
        "translations": translations(page),
        "distinct": page.words.listed([share(page, variant, "distinct") for variant in results.variants]),
        "repeats": baseline and results.score(BASELINE, "distinct") < FEW,
        "little": baseline and results.score(BASELINE, "bleu") < LITTLE,
        "sooner": "shown" if sooner and page.chart("curves") else "yes" if sooner else "no",
    }
    found |= of_training(page, attending) | of_unlike(results, attending)
    return found | (of_lengths(page, attending) if baseline else {"measured": False})


def share(page: Page, variant: str, column: str) -> str:
    """A share of the test in per cent, after the variant's name."""
    return str(page.words["share"].format(page.words.variant(variant), page.quotes.score(variant, column)))


def budget(results: Results, baseline: bool, attending: bool) -> str:
    """Whose epochs are told: those without attention, those with it, or both where they are `unlike`."""
    if not (baseline and attending):
        return BASELINE if baseline else "attention"
    return "attention" if results.settings.none.epochs == results.settings.epochs else "unlike"


def of_training(page: Page, attending: list[str]) -> dict[str, Any]:
    """Whether the networks were trained for as long as one another, and for long enough.

    By name: with which attention training was no longer than without, and with which it was; which of the latter had
    the lower validation perplexity even after the same time; and which perplexities still fell in the last epoch.
    """
    results = page.results
    curves = {variant: results.history(variant, "validation_perplexity") for variant in results.variants}
    epoch = {variant: results.score(variant, "seconds_per_epoch") for variant in results.variants}
    epochs = {variant: float(np.mean([len(curve) for curve in of])) for variant, of in curves.items()}
    last = {variant: np.mean([curve[-1] for curve in of]) for variant, of in curves.items()}
    total = epoch[BASELINE] * epochs[BASELINE] if BASELINE in curves else 0.0
    against = attending if BASELINE in curves else []
    shorter = [variant for variant in against if total < epoch[variant] * epochs[variant]]

    def by_then(variant: str) -> float:
        """Validation perplexity of the last epoch that had ended when the training without attention had."""
        ended = int(total / epoch[variant])
        return (
            float(np.mean([curve[min(ended, len(curve)) - 1] for curve in curves[variant]])) if ended else float("inf")
        )

    names = {
        "longer": [variant for variant in against if variant not in shorter],
        "shorter": shorter,
        "as_soon": [variant for variant in shorter if by_then(variant) < last[BASELINE]],
        "unsettled": [
            variant
            for variant, of in curves.items()
            if np.mean([1 - curve[-1] / curve[-2] if len(curve) > 1 else 1 for curve in of]) > SETTLED
        ],
    }
    return {
        **{key: page.quotes.names(variants) if variants else "" for key, variants in names.items()},
        "timed": bool(against),
        "none_sooner": names["as_soon"] == names["shorter"],
    }


def of_unlike(results: Results, attending: list[str]) -> dict[str, Any]:
    """Whether attention is ahead on the test sentences that are least like those of training."""
    if BASELINE not in results.variants or not attending:
        return {"unlike": ""}
    of = {variant: np.array(results.over_seeds(variant, "test", "bleu_unlike")) for variant in results.variants}
    ahead = [bool((of[variant] > of[BASELINE]).all()) for variant in attending]
    return {"unlike": "all" if all(ahead) else "some" if any(ahead) else "none"}


def of_lengths(page: Page, attending: list[str]) -> dict[str, Any]:
    """What BLEU by length says about the size of the single vector."""
    lengths = bleu_by_length(page.results)
    kept, falling = lengths["kept"], [variant for variant in attending if lengths["falls"][variant]]
    fewer = [kept[BASELINE] < kept[variant] for variant in attending]
    fall = "both" if falling else "alone" if attending else "unknown"
    return {
        "measured": len(lengths["labels"]) > 1,
        "groups": len(lengths["labels"]),
        "fall": fall if lengths["falls"][BASELINE] else "none",
        "falling": page.quotes.names(falling) if falling else "",
        "lost": "more" if all(fewer) else "some" if any(fewer) else "none",
        "ends": ends(page, lengths),
    }


def ends(page: Page, lengths: dict[str, Any]) -> str:
    """A table of BLEU on the shortest and on the longest sentences, and of what chance gives."""
    words, rows = page.words["lengths"], []
    head = [page.words["variant"]]
    for part in (0, -1):
        head += [words["bleu"].format(lengths["labels"][part]), words["chance"]]
    for variant in page.results.variants:
        path = f"{Places.of(page.exercise.name, variant).predictions}"
        cells = [
            page.quotes.marked(float(lengths[kind][variant][:, part].mean()), f"{path}:{key}.{part}", 1)
            for part in (0, -1)
            for kind, key in (("scores", "quarter"), ("floors", "floor"))
        ]
        ratio = f"{path}:quarter.-1 / {path}:quarter.0"
        rows.append([page.words.variant(variant), *cells, page.quotes.marked(lengths["kept"][variant], ratio, 0, 100)])
    caption = page.words.named("captions", "lengths")
    return page.framed(page.table([*head, words["kept"]], rows), caption, "wide")


def figures(results: Results, words: Words) -> dict[str, Chart]:
    axes, paint = words["axes"], partial(draw_lengths, results=results, words=words)
    return {"bleu_by_length": lines(paint, axes["source_words"], axes["bleu"]), **diagrams(words)}


def draw_lengths(axes: Axes, results: Results, words: Words) -> None:
    """BLEU over the length of the source, a line for each variant."""
    lengths = bleu_by_length(results)
    at = np.arange(len(lengths["labels"]))
    seed_lines(axes, at, {words.variant(variant): scores for variant, scores in lengths["scores"].items()})
    axes.set_xticks(at, lengths["labels"])
    axes.set_ylim(bottom=0)


def translations(page: Page) -> str:
    """The first test sentences of the median length, and what the first seed of each variant made of them."""
    results, words, plain = page.results, page.words, page.plain
    found = {one: results.predictions(one, "source", "reference", "hypothesis") for one in results.variants}
    sources, references = (found[results.variants[0]][column][0] for column in ("source", "reference"))
    lengths = [len(source.split()) for source in sources]
    middle = sorted(lengths)[len(lengths) // 2]
    rows = [row for row, length in enumerate(lengths) if length == middle][:SHOWN]
    items = []
    for row in rows:
        items += [f"- {words['source']}: {plain(sources[row])}", f"  - {words['reference']}: {plain(references[row])}"]
        items += [f"  - **{words.variant(one)}**: {plain(of['hypothesis'][0][row])}" for one, of in found.items()]
    return page.framed("\n".join(items), words.named("captions", "translations").format(len(rows)), "texts")


def heat_maps(page: Page, kept: Kept) -> str:
    """Attention weights of two of the test sentences that were translated well: the first, and the longest."""
    shared = shared_sentences(page.exercise.name, kept)
    if not shared:
        return page.words.named("captions", "no_sentence").format(WELL)
    caption = f"{page.words.named('captions', 'attention').format(WELL)} {page.words['shaded'] if page.html else ''}"
    shown = dict.fromkeys([next(iter(shared)), max(shared, key=len)])
    maps = [[heat_map(page, variant, source, *shared[source][variant]) for variant in kept] for source in shown]
    return "".join(page.framed(page.beside(tables), caption, "wide heat attention") for tables in maps)


def heat_map(page: Page, variant: str, source: Sentence, target: list[str], weights: np.ndarray) -> str:
    """A row for each word written, a column for each word read."""
    head = [f'<span class="up">{page.plain(word)}</span>' if page.html else page.plain(word) for word in source]
    rows = [
        [page.plain(word), *(page.shade(f"{100 * w:.0f}" if w >= FAINT else "", w) for w in row)]
        for word, row in zip(target, weights, strict=True)
    ]
    return page.table([page.words.variant(variant), *head], rows, ":---:")


def heaviest(page: Page, kept: Kept) -> str:
    """The largest weight of a row in per cent, on the mean over a variant's sentences; empty if one has none."""
    if not all(kept.values()):
        return ""
    shares = []
    for variant, sentences in kept.items():
        mean = float(np.mean(np.concatenate([weights.max(axis=1) for _, weights in sentences.values()])))
        source = f"{extra_of('attention', page.exercise.name, variant)}:heaviest"
        number = page.quotes.marked(mean, source, 0, 100)
        shares.append(page.words["share_with"].format(page.words.variant(variant), number))
    return page.words.listed(shares)
