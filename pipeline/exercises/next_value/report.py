"""Exercise 2 in the report: forecasts over what was measured, and how far back the shared weights' gradient reaches."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.exercises.next_value.exercise import RIVAL
from pipeline.report.charts import Chart, grid, lines, seed_lines
from pipeline.report.page import Page
from pipeline.report.results import Results
from pipeline.report.style import BLACK, COLOURS
from pipeline.report.words import Words

NEAR, FAR = 5, 11  # years: the last five, and those before a whole solar cycle


def section(page: Page) -> dict[str, Any]:
    results, settings = page.results, page.results.settings
    found = networks(results)
    sums = {results.particular[name]["roots"] for name in of_kind(results, "autoregression")}
    rivals = [pair for pair in results.pairs("forecast") if pair[0] in found and pair[1] == RIVAL]
    winners = [network for network, rival in rivals if results.outcome("forecast", network, rival) == "better"]
    lower = [network for network, rival in rivals if results.score(network, "rmse") <= results.score(rival, "rmse")]
    return {
        "networks": bool(found),
        "parameters": parameters(page, found),
        "persistence": "persistence" in results.variants,
        "sums": "both" if len(sums) == 2 else "roots" if True in sums else "counts" if sums else "none",
        "fitted": bool(sums),
        "simplest": better(results, "autoregression", "persistence"),
        "roots": better(results, RIVAL, "autoregression") if found else "missing",
        "rivals": bool(rivals),
        "beaten": bool(winners),
        "winners": page.quotes.names(winners) if winners else "",
        "lower": page.quotes.names(lower) if lower else "",
        **before_the_test(page, [network for network, _ in rivals]),
        "longer_window": settings.window > settings.lags,
        **reach(page, found),
    }


def figures(results: Results, words: Words) -> dict[str, Chart]:
    axes, captions, trained = words["axes"], words["captions"], networks(results)
    caption = captions["forecasts"]
    if trained:
        caption += f" {captions['best_network' if len(trained) > 1 else 'only_network']}"
    found = {"forecasts": Chart(4.2, partial(draw_forecasts, results=results, words=words), caption)}
    if trained:
        paint = partial(draw_shares, results=results, words=words)
        found["shared_gradient"] = lines(paint, axes["years_before"], axes["share"])
    return found


def better(results: Results, a: str, b: str) -> str:
    """Whether a model is better than another, is not, or is not compared with it."""
    outcome = results.outcome("forecast", a, b)
    return outcome if outcome in ("better", "missing") else "not better"


def before_the_test(page: Page, rivals: list[str]) -> dict[str, Any]:
    """RMSE on the validation years, of the networks and their rival, none of which has learnt from these years."""
    if not rivals:
        return {"validated": ""}
    scores = {name: validation_rmse(page.results, name) for name in (*rivals, RIVAL)}
    shown = {
        name: page.quotes.marked(score, validation_source(page.results, name), 1) for name, score in scores.items()
    }
    own = [page.words["rmse_of"].format(shown[name], page.words.variant(name)) for name in rivals]
    return {
        "validated": page.words.listed(own),
        "validated_rival": shown[RIVAL],
        "ahead": all(scores[name] < scores[RIVAL] for name in rivals),
    }


def validation_source(results: Results, variant: str) -> str:
    return f"{results.train(variant)}:seeds.*.validation.rmse"


def validation_rmse(results: Results, variant: str) -> float:
    return float(results.value(validation_source(results, variant)))


def of_kind(results: Results, network: str) -> list[str]:
    return [variant for variant in results.variants if results.particular[variant]["network"] == network]


def networks(results: Results) -> list[str]:
    return of_kind(results, "recurrent")


def parameters(page: Page, variants: list[str]) -> str:
    """How many parameters each of the networks has, as a list."""
    numbers = [f"{page.quotes.score(variant, 'parameters')} ({page.words.variant(variant)})" for variant in variants]
    return page.words.listed(numbers) if numbers else ""


def reach(page: Page, variants: list[str]) -> dict[str, Any]:
    """What the template says of the years that the gradient comes from, within the window."""
    results = page.results
    cells = {variant: results.particular[variant]["cell"] for variant in variants}
    steps = results.settings.window - 1  # the oldest is left out
    gated = [page.words.variant(variant) for variant, cell in cells.items() if cell != "rnn"]
    found: dict[str, Any] = {
        "plain": "rnn" in cells.values(),
        "gates": page.words.listed(gated) if gated else "",
        "near": shares_in_words(page, variants, "near") if variants and steps > NEAR else "",
        "far": shares_in_words(page, variants, "far") if variants and steps > FAR else "",
        "furthest": "unknown",
    }
    if found["far"] and len(variants) > 1:
        furthest = max(variants, key=lambda variant: part_of(results, variant, "far"))
        lowest = min(variants, key=lambda variant: results.score(variant, "rmse"))
        found |= {"furthest": "best" if furthest == lowest else "not best"}
        found |= {"furthest_network": furthest, "best_network": lowest}
    return found


def shares_in_words(page: Page, variants: list[str], part: str) -> str:
    """Each network's part of the summed norms in per cent, as a list in words."""
    shares = []
    for variant in variants:
        source = f"{page.results.train(variant)}:seeds.*.test.step_gradient_norms.{part}"
        number = page.quotes.marked(part_of(page.results, variant, part), source, 0, 100)
        shares.append(page.words["share_of"].format(number, page.words.variant(variant)))
    return page.words.listed(shares)


def part_of(results: Results, variant: str, part: str) -> float:
    """The part of the summed norms, 0 to 1, of the last years (`near`) or of those before a solar cycle (`far`)."""
    mean = gradient_shares(results, variant).mean(axis=0)
    return float((mean[:NEAR] if part == "near" else mean[FAR:]).sum())


def gradient_shares(results: Results, variant: str) -> np.ndarray:
    """Each step's part of the summed norms of what the steps add to the gradient that they share.

    (seeds, steps), the newest step first. What the steps add can cancel: these are not shares of the gradient itself.
    """
    norms = np.array(results.over_seeds(variant, "test", "step_gradient_norms"))
    return norms[:, ::-1] / norms.sum(axis=1, keepdims=True)


def drawn(results: Results) -> list[str]:
    """The lines that are drawn; more than three could not be told apart.

    Persistence, the networks' rival, and the network that is best on validation.
    """
    baselines = [variant for variant in ("persistence", RIVAL) if variant in results.variants]
    trained = networks(results)
    found = [*baselines, *([min(trained, key=partial(validation_rmse, results))] if trained else [])]
    return found or results.variants[:1]


def draw_forecasts(figure: Figure, results: Results, words: Words) -> None:
    """What was measured and the first seed forecast, and below it the errors, in the colours of the learning curves."""
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    for position, variant in enumerate(drawn(results)):
        table = results.predictions(variant, "year", "value", "prediction")
        years, values, forecast = (np.array(table[name][0]) for name in ("year", "value", "prediction"))
        if not position:
            above.plot(years, values, color=BLACK, linewidth=1.8, label=words["axes"]["measured"])
        colour, style = COLOURS[results.variants.index(variant) % len(COLOURS)], (":", "--", "-")[position]
        above.plot(years, forecast, color=colour, linewidth=1.3, linestyle=style, label=words.variant(variant))
        below.plot(years, forecast - values, color=colour, linewidth=1.3, linestyle=style)
    bottom, top = above.get_ylim()
    above.set_ylim(min(0.0, bottom + 0.05 * (top - bottom)), 1.44 * top)  # room for the legend
    above.legend(frameon=False, ncols=2, loc="upper center")
    below.axhline(0, color=BLACK, linewidth=0.8)
    for axes in (above, below):
        grid(axes)
    above.set_ylabel(words["axes"]["sunspots"])
    below.set(xlabel=words["axes"]["year"], ylabel=words["axes"]["error"])


def draw_shares(axes: Axes, results: Results, words: Words) -> None:
    """Shares of the summed norms in per cent over the years before the forecast, time to the right."""
    trained = networks(results)
    shares = {words.variant(variant): 100 * gradient_shares(results, variant) for variant in trained}
    at = np.arange(1, 1 + max(share.shape[1] for share in shares.values()))
    seed_lines(axes, at, shares, first=results.variants.index(trained[0]))  # as in the learning curves
    axes.invert_xaxis()
    axes.set_ylim(bottom=0)
