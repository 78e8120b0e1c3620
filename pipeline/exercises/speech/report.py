"""Exercise 9 in the report: what recurrence, more layers and noise do, and what each layer's states tell apart."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pipeline.report.charts import Chart, lines, seed_lines
from pipeline.report.page import Page
from pipeline.report.quotes import Quotes
from pipeline.report.results import Results
from pipeline.report.words import Words

CORPUS = "metrics/data/speech.json"
CLEAN = "clean"  # the ratio where there is no noise
FEW = 0.05  # share of the test words that are wrong: below it, a gain can hardly be shown


def section(page: Page) -> dict[str, Any]:
    results, quotes = page.results, page.quotes
    variants = by_depth(results)
    shallowest, deepest = variants[0], variants[-1]
    layers = [results.particular[variant]["layers"] for variant in variants]
    outcomes = {results.outcome("depth", a, b) for a, b in results.pairs("depth")}
    examples = f"{CORPUS}:splits.test.examples"
    averaged = next((v for v in results.variants if not results.particular[v]["layers"]), None)
    snrs = noise_levels(results)
    probes = f"{results.train(deepest)}:seeds.*.test.probe"
    few = results.score(shallowest, "error_rate") < FEW
    return {
        "cell": page.words["cells"][results.settings.cell],
        "depths": page.words.listed([str(number) for number in layers]),
        "deepest": deepest,
        "deepest_layers": layers[-1],
        "shallowest": shallowest,
        "known_speakers": not results.value(f"{CORPUS}:speaker_disjoint"),
        "averaged": averaged,
        "recurrence": judged(results.outcome("speech_recurrence", shallowest, averaged)) if averaged else "missing",
        "recordings": quotes.corpus("splits.train.snr.clean" if len(snrs) > 1 else "splits.train.examples"),
        "packaged": results.edition == "packaged",
        "official": results.edition in ("official", "ten_words", "words_35"),
        "noisy": len(snrs) > 1,
        "copies": len(snrs),
        "ratios": page.words.listed([ratio(snr) for snr in snrs if snr != CLEAN] or [""]),
        "loudest": ratio(snrs[-1]),
        "at_clean": at_level(quotes, shallowest, snrs[0]),
        "at_loudest": at_level(quotes, shallowest, snrs[-1]),
        "one_recording": quotes.marked(1 / results.value(examples), f"1 / {examples}", 1, 100),
        "depth": next((kind for kind in ("better", "worse", "none") if kind in outcomes), "missing"),
        "errors": "one network" if len(variants) == 1 else "few" if few else "many",
        "first_probe": quotes.number(f"{probes}.0", 1, 100),
        "last_probe": quotes.number(f"{probes}.{layers[-1] - 1}", 1, 100),
        "room": not few and bool(outcomes) and "better" not in outcomes,
        "several_layers": layers[-1] > 1,
    }


def figures(results: Results, words: Words) -> dict[str, Chart | None]:
    axes = words["axes"]
    charts: dict[str, Chart | None] = {
        "probes": lines(partial(draw_probes, results=results, words=words), axes["layer"], axes["probe_accuracy"]),
        "noise": None,
    }
    if len(noise_levels(results)) > 1:
        charts["noise"] = lines(partial(draw_noise, results=results, words=words), axes["snr"], axes["accuracy"])
    return charts


def by_depth(results: Results) -> list[str]:
    """The networks from the shallowest to the deepest."""
    deep = [variant for variant in results.variants if results.particular[variant]["layers"]]
    return sorted(deep, key=lambda variant: results.particular[variant]["layers"])


def noise_levels(results: Results) -> list[str]:
    """The signal-to-noise ratios of the test, in dB, from no noise to the strongest."""
    return list(results.over_seeds(results.variants[0], "test", "snr")[0])


def judged(outcome: str) -> str:
    """Whether something was shown to be better, or not."""
    return outcome if outcome in ("better", "missing") else "not better"


def ratio(snr: str) -> str:
    """A ratio as it is written for people."""
    return snr.replace("-", "−")


def at_level(quotes: Quotes, variant: str, snr: str) -> str:
    """Accuracy in per cent on the test recordings with noise at one ratio."""
    return quotes.number(f"{quotes.results.train(variant)}:seeds.*.test.snr.{snr}", 1, 100)


def draw_probes(axes: Axes, results: Results, words: Words) -> None:
    """Test accuracy in per cent of a linear classifier over the layers, a line for each variant."""
    probes = {
        words.variant(variant): 100 * np.array(results.over_seeds(variant, "test", "probe"))  # (seeds, layers)
        for variant in by_depth(results)
    }
    layers = np.arange(1, 1 + max(values.shape[1] for values in probes.values()))
    seed_lines(axes, layers, probes)
    axes.set_xticks(layers)


def draw_noise(axes: Axes, results: Results, words: Words) -> None:
    """Test accuracy in per cent over the signal-to-noise ratio, a line for each variant."""
    levels = noise_levels(results)
    scores = {
        words.variant(variant): 100
        * np.array([[found[snr] for snr in levels] for found in results.over_seeds(variant, "test", "snr")])
        for variant in results.variants
    }
    at = np.arange(len(levels), dtype=float)
    seed_lines(axes, at, scores)
    axes.set_xticks(at, [words.named("axes", CLEAN) if snr == CLEAN else ratio(snr) for snr in levels])
