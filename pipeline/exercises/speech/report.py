"""Exercise 9 in the report: what more layers bring, and what each layer's states tell apart."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pipeline.report.charts import Chart, lines, seed_lines
from pipeline.report.page import Page
from pipeline.report.results import Results
from pipeline.report.words import Words

FEW = 0.05  # share of the test words that are wrong: below it, a gain can hardly be shown


def section(page: Page) -> dict[str, Any]:
    results, quotes = page.results, page.quotes
    variants = by_depth(results)
    shallowest, deepest = variants[0], variants[-1]
    layers = [results.particular[variant]["layers"] for variant in variants]
    outcomes = {results.outcome("depth", a, b) for a, b in results.pairs("depth")}
    examples = "metrics/data/speech.json:splits.test.examples"
    probes = f"{results.train(deepest)}:seeds.*.test.probe"
    few = results.score(shallowest, "error_rate") < FEW
    return {
        "cell": page.words["cells"][results.settings.cell],
        "depths": page.words.listed([str(number) for number in layers]),
        "deepest": deepest,
        "deepest_layers": layers[-1],
        "shallowest": shallowest,
        "known_speakers": not results.value("metrics/data/speech.json:speaker_disjoint"),
        "one_recording": quotes.marked(1 / results.value(examples), f"1 / {examples}", 1, 100),
        "depth": next((kind for kind in ("better", "worse", "none") if kind in outcomes), "missing"),
        "errors": "one network" if len(variants) == 1 else "few" if few else "many",
        "first_probe": quotes.number(f"{probes}.0", 1, 100),
        "last_probe": quotes.number(f"{probes}.{layers[-1] - 1}", 1, 100),
        "several_layers": layers[-1] > 1,
    }


def figures(results: Results, words: Words) -> dict[str, Chart]:
    axes = words["axes"]
    return {"probes": lines(partial(draw_probes, results=results, words=words), axes["layer"], axes["probe_accuracy"])}


def by_depth(results: Results) -> list[str]:
    """The variants from the shallowest to the deepest."""
    return sorted(results.variants, key=lambda variant: results.particular[variant]["layers"])


def draw_probes(axes: Axes, results: Results, words: Words) -> None:
    """Test accuracy in per cent of a linear classifier over the layers, a line for each variant."""
    probes = {
        words.variant(variant): 100 * np.array(results.over_seeds(variant, "test", "probe"))  # (seeds, layers)
        for variant in by_depth(results)
    }
    layers = np.arange(1, 1 + max(values.shape[1] for values in probes.values()))
    seed_lines(axes, layers, probes)
    axes.set_xticks(layers)
