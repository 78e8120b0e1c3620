"""What the models did with single examples: words that a page shows beside the scores."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from pipeline.core.errors import PipelineError
from pipeline.core.files import how_to_build, read_json
from pipeline.corpora.prepared.tables import read_table
from pipeline.report.exhibits import over_seeds
from pipeline.report.heatmap import shared_sentences
from pipeline.scoring.entities import entities
from pipeline.scoring.metrics import AGAIN
from pipeline.scoring.translation import bleu_scores, bleu_statistics

PREDICTIONS = Path("data/predictions")
CONLL, VECTORS = Path("data/prepared/conll2003"), Path("data/prepared/vectors/vectors.arrow")
UNKNOWN = 1  # the id of words that the training split lacks
WORD2VEC = Path("metrics/train/word2vec.json")
SHOWN = 3
COMMON = 5000  # words among which neighbours are looked for
SEED = 2002  # of the order in which references are exchanged
COLOURS = {"PER": "#b9b0f7", "LOC": "#ffb48a", "ORG": "#8fe3e3", "MISC": "#d9d9d9"}


def read(exercise: str, variant: str, *columns: str) -> dict[str, list[Any]]:
    """Columns of a variant's test predictions, in lists by seed: {"gold": [[seed 1's], [seed 2's]], ...}.

    Raises:
        PipelineError: the file is missing, damaged, or lacks a column.
    """
    path = PREDICTIONS / exercise / f"{variant}.parquet"
    try:
        table = pq.read_table(path, columns=["seed", "example", *columns])
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing: run `dvc repro`") from None
    except (OSError, KeyError, ValueError) as error:
        raise PipelineError(f"{path} cannot be read ({error}); {AGAIN}") from None
    table = table.sort_by([("seed", "ascending"), ("example", "ascending")])
    seeds = len(table["seed"].unique())
    size = table.num_rows // seeds
    return {name: [table[name].slice(i * size, size).to_pylist() for i in range(seeds)] for name in columns}


def tagged_sentences() -> list[dict[str, Any]]:
    """Test sentences that `bi` tags without a mistake with every seed and `uni` with none: words and entities."""
    words = read_table(CONLL / "test.arrow")["words"].to_pylist()
    tags = read_json(CONLL / "meta.json")["tags"]
    uni, bi = (read("tagging", variant, "gold", "predicted") for variant in ("uni", "bi"))
    gold = uni["gold"][0]
    if len(words) != len(gold):
        raise PipelineError(f"data/predictions/tagging has {len(gold)} sentences, the test split {len(words)}; {AGAIN}")

    def spans(row: list[int]) -> list[tuple[str, int, int]]:
        return entities([tags[tag] for tag in row])

    shown: list[dict[str, Any]] = []
    for row, truth in enumerate(gold):
        if 8 <= len(truth) <= 22 and len(shown) < SHOWN:
            right = [[seed[row] == truth for seed in system["predicted"]] for system in (uni, bi)]
            wrong = [spans(seed[row]) != spans(truth) for seed in uni["predicted"]]
            if all(wrong) and all(right[1]) and spans(truth):
                found = {"uni": spans(uni["predicted"][0][row]), "bi": spans(truth)}
                shown.append({"words": words[row], "entities": found})
    return shown


def highlighted(words: list[str], found: list[tuple[str, int, int]]) -> str:
    """A sentence as HTML with its entities marked, by spaCy's displaCy."""
    from spacy import displacy

    starts = np.cumsum([0, *(len(word) + 1 for word in words)]).tolist()
    spans = [{"start": starts[first], "end": starts[past] - 1, "label": kind} for kind, first, past in found]
    document = {"text": " ".join(words), "ents": spans, "title": None}
    options = {"colors": COLOURS}
    return displacy.render(
        [document], style="ent", manual=True, page=False, minify=True, jupyter=False, options=options
    )


def bracketed(words: list[str], found: list[tuple[str, int, int]]) -> str:
    """The same as text: [Peter Blackburn PER]."""
    words = list(words)
    for kind, first, past in found:
        words[first] = f"[{words[first]}"
        words[past - 1] += f" {kind}]"
    return " ".join(words)


def translations(variants: tuple[str, ...]) -> list[dict[str, Any]]:
    """The first test sentences of the median length, and what the first seed of each variant made of them."""
    systems = {variant: read("translation", variant, "source", "reference", "hypothesis") for variant in variants}
    first = systems[variants[0]]
    sources, references = first["source"][0], first["reference"][0]
    lengths = [len(source.split()) for source in sources]
    middle = sorted(lengths)[len(lengths) // 2]
    rows = [row for row, length in enumerate(lengths) if length == middle][:SHOWN]
    return [
        {
            "source": sources[row],
            "reference": references[row],
            "hypotheses": {variant: system["hypothesis"][0][row] for variant, system in systems.items()},
        }
        for row in rows
    ]


def bleu_by_length(variants: tuple[str, ...]) -> dict[str, Any]:
    """Test BLEU of the sentences in each quarter by source length.

    Returns:
        {"labels": words of each part, "scores": {variant: (seeds, parts)}, "floors": the same against the references
        of other sentences of the part, "falls": {variant: whether every seed has more than a point less on the last
        part than on the first}, "kept": {variant: mean on the last by that on the first}}.
    """
    sources = read("translation", variants[0], "source")["source"][0]
    lengths = np.array([len(source.split()) for source in sources])
    edges = np.unique(np.quantile(lengths, [0, 0.25, 0.5, 0.75, 1], method="lower"))
    starts = np.unique([edges[0], *(edges[1:-1] + 1)])
    part = np.searchsorted(starts, lengths, side="right") - 1
    members = [np.flatnonzero(part == number) for number in range(len(starts)) if (part == number).any()]
    labels = [
        f"{low}-{high}" if low < high else str(low)
        for low, high in ((lengths[rows].min(), lengths[rows].max()) for rows in members)
    ]
    matched = [(rows, rows) for rows in members]
    exchanged = [(rows, others(rows)) for rows in members]
    scores: dict[str, np.ndarray] = {}
    floors: dict[str, np.ndarray] = {}
    for variant in variants:
        found = read("translation", variant, "hypothesis", "reference")
        for scored, pairs in ((scores, matched), (floors, exchanged)):
            sums = [
                [
                    bleu_statistics([texts[row] for row in rows], [truth[row] for row in against]).sum(axis=0)
                    for rows, against in pairs
                ]
                for texts, truth in zip(found["hypothesis"], found["reference"], strict=True)
            ]
            scored[variant] = bleu_scores(np.array(sums))
    falls = {variant: bool((found[:, 0] - found[:, -1]).min() > 1) for variant, found in scores.items()}
    means = {variant: found.mean(axis=0) for variant, found in scores.items()}
    kept = {variant: float(mean[-1] / mean[0]) if mean[0] else 0.0 for variant, mean in means.items()}
    return {"labels": labels, "scores": scores, "floors": floors, "falls": falls, "kept": kept}


def others(rows: np.ndarray) -> np.ndarray:
    """The rows in another order, in which each has the place of another (if there is another)."""
    order = np.random.default_rng(SEED).permutation(len(rows))
    exchanged = np.empty_like(rows)
    exchanged[order] = rows[np.roll(order, 1)]
    return exchanged


def unknown_share() -> float:
    """Share of the test tokens of exercise 10 that neither the training split nor the pretrained vectors have."""
    table = read_table(CONLL / "test.arrow")
    words, tokens = (table[name].combine_chunks().flatten() for name in ("words", "tokens"))
    vectors = set(read_table(VECTORS)["word"].to_pylist())
    unseen = np.flatnonzero(tokens.to_numpy() == UNKNOWN)
    return sum(words[int(row)].as_py().lower() not in vectors for row in unseen) / len(words)


def heat_maps(variants: tuple[str, ...]) -> list[dict[str, Any]]:
    """Attention weights of two test sentences: the first that holds no unknown word, and the longest."""
    shared = shared_sentences(variants)
    sources = [next(iter(shared)), max(shared, key=len)]
    return [
        {
            "source": source,
            "maps": {
                variant: {"target": target, "weights": weights.tolist()}
                for variant, (target, weights) in shared[source].items()
            },
        }
        for source in dict.fromkeys(sources)
    ]


def reviews() -> list[dict[str, Any]]:
    """Reviews with the weight of each word, and that weight as a share of the heaviest."""
    return [
        review | {"shades": [weight / max(review["weights"]) for weight in review["weights"]]}
        for review in read_json(Path("data/attention/pooling/attention.json"))
    ]


def confusion(exercise: str, variant: str) -> dict[str, Any]:
    """Classes and counts, summed over the seeds, and the commonest mistakes [(class, guess), ...], all as common."""
    tables = over_seeds(exercise, variant, "test", "confusion")
    labels, counts = tables[0]["labels"], np.sum([table["counts"] for table in tables], axis=0)
    wrong = counts - np.diag(np.diag(counts))
    most = int(wrong.max())
    worst = [(labels[gold], labels[guess]) for gold, guess in np.argwhere(wrong == most)] if most else []
    totals = counts.sum(axis=1).tolist()
    return {"labels": labels, "counts": counts.tolist(), "worst": worst, "most": most, "totals": totals}


def samples(variants: tuple[str, ...]) -> dict[str, Any]:
    """What the variant with the lowest cross-entropy wrote."""
    best = min(variants, key=lambda variant: float(np.mean(over_seeds("char_lm", variant, "test", "nats"))))
    return {"variant": best, "texts": read_json(Path(f"data/samples/char_lm/{best}.json"))}


def neighbours(variants: tuple[str, ...]) -> dict[str, dict[str, list[str]]]:
    """The words nearest by cosine to some words, in the vectors of each variant's first seed.

    Frozen vectors are those that the trained ones began with. The words asked about are those of
    metrics/train/word2vec.json.
    """
    from safetensors.numpy import load_file

    folder = Path("models/embeddings")
    near: dict[str, dict[str, list[str]]] = {word: {} for word in read_json(WORD2VEC)["neighbours"]}
    for variant in variants:
        words = read_json(folder / variant / "vocabulary.json")[:COMMON]
        weights = min((folder / variant).glob("seed_*.safetensors"), default=None)
        if weights is None:
            raise PipelineError(f"{folder / variant} holds no weights: run `{how_to_build(folder / variant)}`")
        table = load_file(weights)["embedding.weight"][:COMMON].astype(np.float64)
        table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)
        for word in near:
            if word in words:
                row = words.index(word)
                order = np.argsort(-(table @ table[row]), kind="stable")
                # Row 0 is padding and row 1 the unknown word.
                near[word][variant] = [words[i] for i in order if i > 1 and i != row][:5]
    return {word: found for word, found in near.items() if len(found) == len(variants)}
