"""The answers to the sheet, written up for people: one page in English and one in Spanish, each as HTML and Markdown.

    python -m pipeline.report.report

Reads what the other stages left (metrics/, some test predictions, samples, attention weights, word vectors) and writes
metrics/report.html, .md, .es.html, .es.md and the figures of the Markdown in metrics/report/. The text is
templates/LANGUAGE/EXERCISE.j2, its other words templates/LANGUAGE/words.yaml. No number is in either: quotes.py takes
them from their files, and where the words depend on a result the template asks for the outcome of its comparison.
"""

from functools import partial
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.core.errors import run_stage
from pipeline.core.files import read_json, replacing_directory, write_text
from pipeline.core.params import Params, load
from pipeline.report import examples, forecasts
from pipeline.report.drawings import figures
from pipeline.report.quotes import SECTIONS, Quotes, block, inline, paragraphs, plain, preformatted, sentence
from pipeline.scoring.evaluate import COMPARISONS, EVALUATION

TEMPLATES = Path(__file__).parent / "templates"
PAGES = {"en": Path("metrics/report"), "es": Path("metrics/report.es")}  # without suffix
FIGURES = Path("metrics/report")
HEADLINES = {  # the comparisons that the sheet asks for by name, and their verdicts on the first screen
    "pooling": (("mean", "last"),),
    "direction": (("bi", "uni"), ("bi", "uni_wide")),
    "attention": (("bahdanau", "none"), ("luong", "none")),
}
CORPORA = {  # whose edition an exercise reads
    "parity": "parity", "shared_mlp": "digits", "next_value": "series", "word_lm": "shakespeare",
    "char_lm": "shakespeare", "translation": "translation", "speech": "speech", "tagging": "conll2003",
    "sentiment": "imdb", "embeddings": "imdb", "pooling": "imdb", "packing": "imdb",
}  # fmt: skip


def main() -> None:
    params = load()
    evaluation = read_json(EVALUATION)
    lengths = examples.bleu_by_length(("none", "bahdanau", "luong"))
    pages, drawn = {}, {}
    for language, page in PAGES.items():
        words = yaml.safe_load((TEMPLATES / language / "words.yaml").read_text(encoding="utf-8"))
        drawn[language] = figures(words, evaluation, params.evaluation.confidence, lengths)
        for suffix in ("html", "md"):
            name = page.with_name(f"{page.name}.{suffix}")
            pages[name] = render(words, evaluation, drawn[language], params, suffix, lengths)
    # Everything is in memory before the first file is written: a bad input leaves nothing half-done.
    with replacing_directory(FIGURES) as folder:
        for language, images in drawn.items():
            (folder / language).mkdir()
            for image, text in images.items():
                (folder / language / f"{image}.svg").write_text(text + "\n", encoding="utf-8")
    for name, text in pages.items():
        write_text(name, text)
        print(f"{name}: {len(text.encode()) / 1e6:.2f} MB")


def render(
    words: dict[str, Any],
    evaluation: dict[str, Any],
    drawn: dict[str, str],
    params: Params,
    suffix: str,
    lengths: dict[str, Any],
) -> str:
    """One page as text; `suffix` is html or md, `lengths` those of `examples.bleu_by_length`."""
    html = suffix == "html"
    variants = {exercise: _variants(exercise) for exercise in SECTIONS}
    quotes = Quotes(words, params.evaluation.confidence, html)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "block": partial(block, html=html),
        "inline": inline if html else str,
        "preformatted": preformatted,
        "plain": plain,
        "sentence": sentence,
    }
    records = {exercise: read_json(_metrics(exercise, names[0])) for exercise, names in variants.items()}
    settings = {exercise: getattr(params, exercise).model_dump() for exercise in SECTIONS}
    environment.globals |= {
        "w": words,
        "q": quotes,
        "t": quotes.test,
        "n": quotes.number,
        "c": quotes.corpus,
        "p": quotes.param,
        "outcome": quotes.outcome,
        "verdict": quotes.verdict,
        "value": quotes.value,
        "source": quotes.source,
        "figures": drawn,
        "examples": examples,
        "lengths": lengths,
        "reach": forecasts.gradient_reach(forecasts.NETWORKS),
        "evaluation": evaluation,
        "variants": variants,
        "columns": SECTIONS,
        "headlines": HEADLINES,
        "corpora": CORPORA,
        "settings": settings,
        "editions": {exercise: record["edition"] for exercise, record in records.items()},
        "seeds": {exercise: [seed["seed"] for seed in record["seeds"]] for exercise, record in records.items()},
    }
    environment.globals["blocks"] = blocks = environment.get_template(f"blocks.{suffix}.j2").module
    environment.globals |= {name: macro for name, macro in vars(blocks).items() if callable(macro)}
    texts = {
        name: paragraphs(environment.get_template(f"{words['language']}/{name}.j2").render(), html)
        for name in (*SECTIONS, "trust")
    }
    page = environment.get_template(f"page.{suffix}.j2")
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8").strip()
    text = page.render(texts=texts, style=style)
    return (text if html else paragraphs(text, html=False)).rstrip() + "\n"


def _variants(exercise: str) -> list[str]:
    """In the order of the comparisons, each once."""
    names = [name for comparison in COMPARISONS if comparison.exercise == exercise for name in comparison.variants]
    return list(dict.fromkeys(names))


def _metrics(exercise: str, variant: str) -> Path:
    return Path(f"metrics/train/{exercise}/{variant}.json")


if __name__ == "__main__":
    run_stage(main)
