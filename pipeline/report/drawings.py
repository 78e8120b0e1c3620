"""Figures of the report: SVG in the page's language and colours, narrow enough for a phone, without titles.

What is drawn is what metrics/figures/ shows (figures, exhibits, forecasts, curves); captions are the page's.
"""

import io
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.core.files import read_json
from pipeline.report import exhibits, forecasts
from pipeline.report.curves import by_exercise, draw_curves
from pipeline.report.figures import draw_differences, draw_scores
from pipeline.report.style import BLACK, COLOURS, GREY, PALE, STYLE
from pipeline.scoring.comparison import interval_key
from pipeline.scoring.evaluate import COMPARISONS
from pipeline.scoring.metrics import METRICS

WIDTH = 4.4  # inches: text of 9 points is still read when a phone shows it at 80%
CARD = 3.3  # of those that stand three in a row
THEME = (
    {  # colours that the page may replace (templates/style.css); a file of its own keeps these
        "#ffffff": "paper",
        BLACK: "ink",
        GREY: "grey",
        PALE: "pale",
    }
    | {colour: f"c{number}" for number, colour in enumerate(COLOURS[:-1], start=1)}
)


def draw(name: str, height: float, paint: Callable[[Figure], None], width: float = WIDTH) -> str:
    """A figure as SVG text: the same bytes for the same data, and no id that another figure of the page has."""
    settings = {"svg.fonttype": "none", "svg.hashsalt": name}
    with matplotlib.style.context(["default", STYLE, settings]):
        figure = Figure(figsize=(width, height), layout="constrained")
        paint(figure)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' id="[a-z]+[0-9a-z]*_\d+"| id="legend"', "", text)
    text = text.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
    for colour, variable in THEME.items():
        text = re.sub(f"{colour}(?![0-9a-f])", f"var(--{variable}, {colour.lower()})", text, flags=re.IGNORECASE)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


def figures(words: dict[str, Any], evaluation: dict[str, Any], confidence: float, lengths: dict) -> dict[str, str]:
    """Every figure of the report by name.

    Args:
        words: of the language.
        evaluation: metrics/evaluation.json.
        lengths: BLEU by length of the source sentence, see `examples.bleu_by_length`.
    """
    axis, key = words["axes"], interval_key(confidence)
    exercises = {comparison.exercise: comparison for comparison in by_exercise(COMPARISONS)}
    names = {exercise: _names(words, exercise) for exercise in exercises}
    variants = {exercise: tuple(comparison.variants) for exercise, comparison in exercises.items()}
    found: dict[str, str] = {}
    for name, result in evaluation["comparisons"].items():
        found |= _comparison(name, result, names[result["exercise"]], words, key)

    def lines(name: str, x: str, y: str, paint: Callable[[Axes], Any]) -> None:
        found[name] = draw(name, 3.0, partial(_lines, paint=paint, x=x, y=y))

    def named(series: Mapping[str, Any], exercise: str) -> dict[str, Any]:
        return {names[exercise][variant]: values for variant, values in series.items()}

    for exercise, comparison in exercises.items():
        curve = words["metrics"][comparison.metric]["curve"]
        draw_own = partial(draw_curves, comparison=comparison, names=names[exercise])
        lines(f"{exercise}_curves", axis["epoch"], curve, draw_own)
    scores = named(exhibits.parity_scores(variants["parity"]), "parity")
    lines("lengths", axis["digits"], axis["accuracy"], partial(exhibits.draw_lengths, scores=scores))
    for column in ("train_loss", "gradient_norm"):
        curves = {variant: exhibits.training_curves(variant, column) for variant in variants["shared_mlp"]}
        draw_training = partial(exhibits.draw_training, curves=named(curves, "shared_mlp"))
        lines(column, axis["epoch"], axis[column], draw_training)
    shares = named(forecasts.gradient_shares(forecasts.NETWORKS), "next_value")
    lines("shared_gradient", axis["years_before"], axis["share"], partial(forecasts.draw_shares, shares=shares))
    probes = named(exhibits.probe_scores(sorted(variants["speech"])), "speech")
    lines("probes", axis["layer"], axis["probe_accuracy"], partial(exhibits.draw_probes, probes=probes))
    draw_bleu = partial(_lengths, scores=named(lengths["scores"], "translation"), labels=lengths["labels"])
    lines("bleu_by_length", axis["source_words"], axis["bleu"], draw_bleu)
    years = partial(_forecasts, words=words, names=names["next_value"], variants=variants["next_value"])
    found["forecasts"] = draw("forecasts", 4.2, years)
    for exercise, rows in read_json(Path("metrics/timing/summary.json")).items():
        seconds = named({variant: row["seconds_per_epoch"] for variant, row in rows.items()}, exercise)
        draw_bars = partial(_bars, values=seconds, label=axis["seconds"])
        found[f"{exercise}_seconds"] = draw(f"{exercise}_seconds", 0.9 + 0.3 * len(rows), draw_bars)
    return found


def _names(words: dict[str, Any], exercise: str) -> dict[str, str]:
    """Every variant's name; one that the language has no word for keeps its own."""
    own = words["variants"].get(exercise, {})
    every = {name for comparison in COMPARISONS if comparison.exercise == exercise for name in comparison.variants}
    return {variant: variant for variant in every} | own


def _lines(figure: Figure, paint: Callable[[Axes], Any], x: str, y: str) -> None:
    """What `paint` draws, its axes' names, and a legend below, where it covers no line."""
    axes = figure.subplots()
    paint(axes)
    axes.set(xlabel=x, ylabel=y)
    labels = axes.get_legend_handles_labels()[1]
    short = sum(map(len, labels)) + 7 * len(labels) < 60
    columns = len(labels) if short else 2 if len(labels) in (2, 4) or max(map(len, labels)) > 16 else 3
    figure.legend(loc="outside lower center", ncols=columns, frameon=False, fontsize=8)


def _comparison(
    name: str, result: dict[str, Any], names: dict[str, str], words: dict[str, Any], key: str
) -> dict[str, str]:
    """Scores with their seeds, and differences with their intervals."""
    metric, text = METRICS[result["metric"]], words["metrics"][result["metric"]]
    variants = {names[variant]: summary for variant, summary in result["variants"].items()}
    pairs = [pair | {"a": names[pair["a"]], "b": names[pair["b"]]} for pair in result["differences"]]

    def scores(figure: Figure) -> None:
        axes = figure.subplots()
        draw_scores(axes, variants, metric)
        axes.set_xlabel(text["axis"])

    def differences(figure: Figure) -> None:
        axes = figure.subplots()
        draw_differences(axes, pairs, key, metric, words["interval"])
        # Two lines a name leave room for the intervals.
        axes.set_yticks(range(len(pairs)), [f"{pair['a']}\n− {pair['b']}" for pair in pairs])
        axes.set_xlabel(words["axes"]["difference"].format(text["points"]))

    return {
        f"{name}_scores": draw(f"{name}_scores", 0.9 + 0.34 * len(variants), scores),
        f"{name}_card": draw(f"{name}_card", 0.9 + 0.34 * len(variants), scores, CARD),
        f"{name}_differences": draw(f"{name}_differences", 0.9 + 0.42 * len(pairs), differences),
    }


def _lengths(axes: Axes, scores: dict[str, np.ndarray], labels: list[str]) -> None:
    exhibits.seed_lines(axes, np.arange(len(labels)), scores)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_ylim(bottom=0)


def _forecasts(figure: Figure, words: dict[str, Any], names: dict[str, str], variants: tuple[str, ...]) -> None:
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    shown = {variant: names[variant] for variant in forecasts.drawn(variants)}
    forecasts.draw_forecasts(above, below, shown, words["axes"]["measured"], variants)
    above.legend(frameon=False, ncols=2, fontsize=8, loc="upper center")
    above.set_ylim(top=1.15 * above.get_ylim()[1])
    above.set_ylabel(words["axes"]["sunspots"])
    below.set(xlabel=words["axes"]["year"], ylabel=words["axes"]["error"])


def _bars(figure: Figure, values: dict[str, float], label: str) -> None:
    axes = figure.subplots()
    bars = axes.barh(list(values), list(values.values()), color=COLOURS[0], height=0.62)
    axes.bar_label(bars, fmt="%.1f", padding=4)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(label)
