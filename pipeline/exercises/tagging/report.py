"""Exercise 10 in the report: what the second direction adds, apart from size, sentences that show it, and what
else helps."""

from typing import Any

import numpy as np

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.corpora.prepared.specials import UNK_ID
from pipeline.corpora.prepared.tables import PREPARED, read_table
from pipeline.exercises.tagging.diagram import diagrams
from pipeline.exercises.tagging.stage import wide_units
from pipeline.report.charts import Chart
from pipeline.report.page import Page
from pipeline.report.results import Results
from pipeline.report.words import Words
from pipeline.scoring.entities import entities
from pipeline.scoring.metrics import AGAIN

CONLL, VECTORS = PREPARED / "conll2003", PREPARED / "vectors" / "vectors.arrow"
SHOWN = 3
ALIKE = 0.05  # how far the weights of two networks may be apart, as a share, that count as about as many
COLOURS = {"PER": "#b9b0f7", "LOC": "#ffb48a", "ORG": "#8fe3e3", "MISC": "#d9d9d9"}
Span = tuple[str, int, int]  # type, first word, and the one past the last


def section(page: Page) -> dict[str, Any]:
    results, quotes, settings = page.results, page.quotes, page.results.settings
    vectors = results.value("metrics/data/vectors.json:edition")
    units, wide = "params.yaml:tagging.hidden_size", wide_units(settings.hidden_size)
    weights = {
        "uni": recurrent_weights(results, settings.hidden_size, units, 1),
        "bi": recurrent_weights(results, settings.hidden_size, units, 2),
        "uni_wide": recurrent_weights(results, wide, f"({units} * 3 // 2)", 1),
    }
    times, share = (
        (weights[a][0] / weights[b][0], f"{weights[a][1]} / ({weights[b][1]})")
        for a, b in (("bi", "uni"), ("uni_wide", "bi"))
    )
    alike = abs(share[0] - 1) <= ALIKE
    direction, size = results.outcome("direction", "bi", "uni"), results.outcome("direction", "bi", "uni_wide")
    own = "may be" if direction == "better" else "neither"
    if size == "better":
        own = "better" if alike else "open"
    unknown = "data/prepared/conll2003/test.arrow:unknown_share"
    characters, crf = (results.outcome("additions", network, "bi") for network in ("bi_characters", "bi_crf"))
    uni, bi = (results.outcome("tagging_recurrence", network, "linear") for network in ("uni", "bi"))
    kinds = list(results.value("metrics/data/conll2003.json:splits.train.classes"))
    return {
        "published": results.edition in ("packaged", "official"),  # whose texts and types of names are known
        "names": page.words.listed(kinds or [""]),
        "a_cell": page.words["a_cell"][settings.cell],
        "vectors": page.words.get("vectors", vectors, page.words["other_vectors"]),
        "several_layers": settings.layers > 1,
        "wide_units": quotes.marked(wide, f"{units} * 3 // 2"),
        "times": quotes.marked(*times, 1),
        "wide_share": quotes.marked(*share, 0, 100),
        "alike": alike,
        "wide": "uni_wide" in results.variants,
        "spells": "bi_characters" in results.variants,
        "chains": "bi_crf" in results.variants,
        "does_both": "bi_characters_crf" in results.variants,
        "both_directions": {"uni", "bi"} <= set(results.variants),
        "counts": "commonest" in results.variants,
        "linear": "linear" in results.variants,
        "direction": direction,
        "size": size,
        "pays": own if size != "missing" else "unknown",  # whether it is the direction that helps, or the size
        "added": bool(results.pairs("additions")),
        "characters": characters,
        "characters_compared": characters != "missing",
        "characters_beside": results.outcome("additions", "bi_characters_crf", "bi_crf"),
        "crf": crf,
        "crf_compared": crf != "missing",
        "unknown_share": quotes.marked(unknown_share(), unknown, 1, 100),
        "without_recurrence": bool(results.pairs("tagging_recurrence")),
        "uni_linear": uni,
        "bi_linear": bi,
        "bi_compared": bi != "missing",
        "uni_loses": bi == "better" and uni == "worse",
        "beat_linear": "both" if uni == bi == "better" else "bi" if bi == "better" else "none",
        "types": types(page),
        "examples": examples(page) if {"uni", "bi"} <= set(results.variants) else "",
    }


def figures(results: Results, words: Words) -> dict[str, Chart]:
    return diagrams(words)


def recurrent_weights(results: Results, units: int, source: str, directions: int) -> tuple[int, str]:
    """Weights of the recurrent layers for each block of their cell, biases included, and how they are worked out.

    A cell has one block, three or four, all of them alike.

    Args:
        units: in each direction.
        source: of this number.
    """
    vectors, case, layers = "metrics/data/vectors.json:dimensions", "params.yaml:tagging.case_size", "tagging.layers"
    inputs, deeper = results.value(vectors) + results.value(case), results.settings.layers - 1
    return (
        directions * units * (inputs + units + 2 + deeper * (directions * units + units + 2)),
        f"{directions} * {source} * ({vectors} + {case} + {source} + 2"
        f" + (params.yaml:{layers} - 1) * ({directions} * {source} + {source} + 2))",
    )


def types(page: Page) -> str:
    """A table of F1 by type of entity."""
    kinds = list(page.results.over_seeds(page.results.variants[0], "test", "types")[0])
    kinds.sort(key=lambda kind: [*COLOURS, kind].index(kind))
    rows = [
        [
            page.words.variant(variant),
            *(
                page.quotes.number(f"{page.results.train(variant)}:seeds.*.test.types.{kind}.f1", 1, 100)
                for kind in kinds
            ),
        ]
        for variant in page.results.variants
    ]
    return page.framed(page.table(["F1, %", *kinds], rows), page.words.named("captions", "types"), "wide")


def examples(page: Page) -> str:
    """Sentences with their entities marked, as the two directions tag them."""
    shown = tagged_sentences(page.results)
    if not shown:
        return page.words.named("captions", "no_example")
    blocks = []
    for sentence in shown:
        for variant, spans in sentence["entities"].items():
            name = page.words.variant(variant)
            if page.html:
                blocks.append(f"**{name}**\n\n{highlighted(sentence['words'], spans)}")
            else:
                blocks.append(f"- **{name}:** {page.plain(bracketed(sentence['words'], spans))}")
    text = ("\n\n" if page.html else "\n").join(blocks)
    return page.framed(text, page.words.named("captions", "examples"), "entities-of")


def tagged_sentences(results: Results) -> list[dict[str, Any]]:
    """Test sentences that `bi` tags without a mistake with every seed and `uni` with none: words and entities."""
    words = read_table(CONLL / "test.arrow")["words"].to_pylist()
    tags = read_json(CONLL / "meta.json")["tags"]
    uni, bi = (results.predictions(variant, "gold", "predicted") for variant in ("uni", "bi"))
    gold = uni["gold"][0]
    if len(words) != len(gold):
        raise PipelineError(f"data/predictions/tagging has {len(gold)} sentences, the test split {len(words)}; {AGAIN}")

    def spans(row: list[int]) -> list[Span]:
        return entities([tags[tag] for tag in row])

    shown: list[dict[str, Any]] = []
    for row, truth in enumerate(gold):
        if 8 <= len(truth) <= 22 and len(shown) < SHOWN:
            right = [seed[row] == truth for seed in bi["predicted"]]
            wrong = [spans(seed[row]) != spans(truth) for seed in uni["predicted"]]
            if all(wrong) and all(right) and spans(truth):
                found = {"uni": spans(uni["predicted"][0][row]), "bi": spans(truth)}
                shown.append({"words": words[row], "entities": found})
    return shown


def highlighted(words: list[str], found: list[Span]) -> str:
    """A sentence as HTML with its entities marked, by spaCy's displaCy."""
    from spacy import displacy

    starts = np.cumsum([0, *(len(word) + 1 for word in words)]).tolist()
    spans = [{"start": starts[first], "end": starts[past] - 1, "label": kind} for kind, first, past in found]
    document = {"text": " ".join(words), "ents": spans, "title": None}
    options = {"colors": COLOURS}
    return displacy.render(
        [document], style="ent", manual=True, page=False, minify=True, jupyter=False, options=options
    )


def bracketed(words: list[str], found: list[Span]) -> str:
    """The same as text: [Peter Blackburn PER]."""
    words = list(words)
    for kind, first, past in found:
        words[first] = f"[{words[first]}"
        words[past - 1] += f" {kind}]"
    return " ".join(words)


def unknown_share() -> float:
    """Share of the test tokens that neither the vocabulary nor the pretrained vectors have."""
    table = read_table(CONLL / "test.arrow")
    words, tokens = (table[name].combine_chunks().flatten() for name in ("words", "tokens"))
    vectors = set(read_table(VECTORS)["word"].to_pylist())
    unseen = np.flatnonzero(tokens.to_numpy() == UNK_ID)
    return sum(words[int(row)].as_py().lower() not in vectors for row in unseen) / len(words)
