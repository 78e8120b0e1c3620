"""Charts: the same bytes for the same results, drawn once, and what they show is what the files say."""

import re
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from pipeline.core.errors import PipelineError
from pipeline.registry import exercises
from pipeline.report.charts import WIDTH, Chart, Charts, legend, svg
from pipeline.report.curves import best, curves_chart
from pipeline.report.page import Page
from pipeline.report.results import Files, Results
from pipeline.report.words import Words
from tests.reported_project import complete, evaluate, retrain

KINDS = ("scores", "card", "differences")
SHOWN = ("depth_scores", "depth_differences", "curves", "seconds", "probes")


def shown(exercise: str = "speech", language: str = "en") -> Page:
    return Page(exercises()[exercise], language, False, Files(), Charts())


def drawings(page: Page) -> dict[str, str]:
    return {name: svg(name, chart) for name in SHOWN if (chart := page.chart(name))}


def test_charts_are_the_same_bytes_every_time(ready: Path) -> None:
    first = drawings(shown())
    assert set(first) == set(SHOWN)
    assert all(text.startswith("<svg") and text.endswith("</svg>") and "\n\n" not in text for text in first.values())
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True}):  # a user's own style changes nothing
        assert drawings(shown()) == first
    ids = [part.split('"')[0] for text in first.values() for part in text.split(' id="')[1:]]
    assert len(set(ids)) == len(ids)  # those of two charts on one page do not meet


def test_other_results_give_other_charts(ready: Path) -> None:
    before = drawings(shown())
    retrain("speech", "layers_3", quality=0.5)
    changed = {name for name, text in drawings(shown()).items() if text != before[name]}
    assert changed == {"depth_scores", "depth_differences", "curves", "probes"}


def test_a_chart_is_drawn_once_and_only_if_it_is_shown(ready: Path) -> None:
    drawn: list[str] = []

    def draw(name: str, chart: Chart) -> str:
        drawn.append(name)
        return "<svg></svg>"

    charts = Charts(draw)
    for html in (True, False):
        page = Page(exercises()["speech"], "en", html, Files(), charts)
        assert not drawn or not html
        page.figure("probes")
    assert drawn == ["speech_probes"] and list(charts.drawn) == drawn


def test_a_figure_that_there_is_not_is_one_clear_line(ready: Path) -> None:
    with pytest.raises(PipelineError, match="pipeline/exercises/speech has no figure 'probe'"):
        shown().figure("probe")


def test_words_of_a_chart_are_those_of_the_language(ready: Path) -> None:
    assert "error" not in drawings(shown(language="es"))["depth_scores"]
    assert "exactitud en prueba (%)" in drawings(shown(language="es"))["depth_scores"]
    assert "2 capas" in drawings(shown(language="es"))["probes"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_text_of_a_chart_is_read_on_a_phone(ready: Path, language: str) -> None:
    room = 360 - 2 * 8 - 2 * 9.6 - 2  # pixels that templates/style.css leaves a section of a narrow one
    for name, exercise in exercises().items():
        page = Page(exercise, language, False, Files(), Charts())
        compared = [f"{comparison.name}_{kind}" for comparison in exercise.comparisons for kind in KINDS]
        own = page.own("figures")(page.results, page.words) if page.own("figures") else {}
        for chart in ("curves", "seconds", *compared, *own):
            drawing = page.chart(chart)
            assert drawing is not None
            text = svg(chart, drawing)
            width = float(re.findall(r'viewBox="0 0 ([\d.]+)', text)[0])
            sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", text)]
            assert sizes and min(sizes) * room / width >= 11, (name, chart)


def test_names_of_a_legend_fit_below_their_chart() -> None:
    for names in (["RNN", "GRU", "LSTM", "BiLSTM × 2"], ["separate, strict reading"] * 4, ["a", "b", "c"], ["one"]):
        figure = Figure(figsize=(WIDTH, 3), layout="constrained")
        axes = figure.subplots()
        for name in names:
            axes.plot([0, 1], label=name)
        legend(figure, axes)
        figure.draw_without_rendering()
        inches = figure.legends[0].get_window_extent().transformed(figure.dpi_scale_trans.inverted())
        assert inches.x0 >= 0 and inches.x1 <= WIDTH, names


def test_curves_show_every_variant_of_an_exercise_once(ready: Path) -> None:
    for exercise in exercises().values():
        results, words = Results(exercise, Files()), Words("en", exercise)
        chart, figure = curves_chart(results, words), Figure()
        assert chart is not None
        chart.paint(figure)
        labels = figure.axes[0].get_legend_handles_labels()[1]
        assert sorted(labels) == sorted(words.variant(variant) for variant in exercise.variants)


def test_an_exercise_of_one_epoch_has_no_curve(ready: Path) -> None:
    assert "curves.svg" in shown("speech").figure("curves")
    for path in Path("metrics/history/speech").iterdir():
        header, *rows = path.read_text().splitlines()
        path.write_text("\n".join([header, *(row for row in rows if row.split(",")[1] == "1")]))
    assert shown("speech").figure("curves") == "" and "curves.svg" in shown("tagging").figure("curves")


@pytest.mark.parametrize(("falls", "expected"), [(False, (["sum"], 0.9, 2)), (True, (["last"], 0.1, 1))])
def test_the_best_curve_is_named_with_its_first_epoch(falls: bool, expected: tuple) -> None:
    means = {"last": np.array([0.1, 0.2]), "mean": np.array([0.3, 0.8, 0.9]), "sum": np.array([0.4, 0.9])}
    assert best(means, falls) == expected


def test_a_broken_history_is_one_clear_line(ready: Path) -> None:
    path = Path("metrics/history/tagging/uni.csv")
    path.write_text(path.read_text().replace("validation_f1", "validation_f2"))
    with pytest.raises(PipelineError, match="metrics/history/tagging/uni.csv has no column 'validation_f1'"):
        shown("tagging").figure("curves")


def test_a_single_seed_has_no_deviation_and_the_interval_is_named_by_its_confidence(
    project: Path, train: Callable[..., None]
) -> None:
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("confidence: 0.95", "confidence: 0.8"))
    for exercise in exercises().values():
        for variant in exercise.variants:
            train(exercise.name, variant, seeds=(7,))
    complete()
    evaluate()
    page = shown()
    assert "±" not in drawings(page)["depth_scores"]
    assert "80% interval" in page.quotes.verdict("depth", "layers_2", "layers_1")
