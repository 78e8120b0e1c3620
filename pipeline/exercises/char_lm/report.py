"""The language model of characters in the report: what windows, state and counting are worth, and what the best network
writes.
"""

from typing import Any

from markupsafe import escape

from pipeline.core.files import read_json
from pipeline.core.stage import extra_of
from pipeline.exercises.char_lm.diagram import diagrams
from pipeline.report.charts import Chart
from pipeline.report.page import Page
from pipeline.report.results import Results
from pipeline.report.words import Words

COMPARISON = "characters"
TEXT = "metrics/data/shakespeare.json:splits.train.characters"
Pair = tuple[str, str]


def section(page: Page) -> dict[str, Any]:
    results, quotes, settings = page.results, page.quotes, page.results.settings
    found = networks(results)
    windows, sizes = ({results.particular[one][what] for one in found} for what in ("window", "hidden_size"))
    larger, longer = (only_more_of(results, of) for of in ("hidden_size", "window"))
    counting = [(a, b) for a, b in results.pairs(COMPARISON) if a in found and b not in found]
    counted = judged(results, counting)
    characters = results.value(TEXT)
    return {
        "texts": page.words.get("texts", results.edition, page.words["other_texts"]),
        "packaged": results.edition == "packaged",
        "several_layers": settings.layers > 1,
        "networks": bool(found),
        "several_networks": len(found) > 1,
        "several_windows": len(windows) > 1,
        "several_sizes": len(sizes) > 1,
        "variants": "; ".join(page.words.variant(variant) for variant in found),
        "read": quotes.setting("characters") if settings.characters < characters else "",
        "part": quotes.marked(settings.characters / characters, f"params.yaml:char_lm.characters / {TEXT}", 0, 100),
        "unread": settings.epochs * settings.characters < characters,
        "ngrams": len(found) < len(results.variants),
        "larger": judged(results, larger),
        "longer": judged(results, longer),
        "counted": counted != "missing",
        "counting": counted,
        "samples": samples(page, found),
    }


def figures(results: Results, words: Words) -> dict[str, Chart]:
    return diagrams(words)


def networks(results: Results) -> list[str]:
    return [variant for variant in results.variants if results.particular[variant]["network"] == "lstm"]


def only_more_of(results: Results, what: str) -> list[Pair]:
    """The compared pairs in which the first network has more of one thing and is otherwise like the second."""
    particular, found = results.particular, networks(results)

    def rest(variant: str) -> dict[str, Any]:
        return {key: value for key, value in particular[variant].items() if key != what}

    return [
        (a, b)
        for a, b in results.pairs(COMPARISON)
        if {a, b} <= set(found) and particular[a][what] > particular[b][what] and rest(a) == rest(b)
    ]


def judged(results: Results, pairs: list[Pair]) -> str:
    """What the pairs say together: missing, better (all of them), some, worse (and none better), or none."""
    found = {results.outcome(COMPARISON, a, b) for a, b in pairs}
    if not found or found == {"better"}:
        return "better" if found else "missing"
    return "some" if "better" in found else "worse" if "worse" in found else "none"


def samples(page: Page, found: list[str]) -> str:
    """What the network with the lowest cross-entropy wrote, with its first seed."""
    if not found:
        return ""
    best = min(found, key=lambda variant: page.results.score(variant, "nats"))
    written_by = read_json(extra_of("samples", page.exercise.name, best))
    blocks = [f"**{heading(page, sample)}**\n\n{written(page, sample)}" for sample in written_by]
    seed = written_by[0]["seed"].replace("\n", "↵")
    caption = page.words.named("captions", "samples").format(page.words.variant(best), page.plain(seed))
    return page.framed(page.beside(blocks), caption, "samples")


def heading(page: Page, sample: dict[str, Any]) -> str:
    text = f"{page.words['temperature']} {sample['temperature']}"
    return text + (f", {page.words['top_p'].format(round(100 * sample['top_p']))}" if sample["top_p"] else "")


def written(page: Page, sample: dict[str, Any]) -> str:
    """The seed text and what comes after it, its lines as they are."""
    seed = sample["seed"].strip()
    if not page.html:
        return f"````text\n{seed}{sample['text']}\n````"
    lines = f"<i>{escape(seed)}</i>{escape(sample['text'])}".replace("\n", "&#10;")  # which `tidy` leaves alone
    return f"<pre>{lines}</pre>"
