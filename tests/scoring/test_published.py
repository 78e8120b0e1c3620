"""The page of the published data: its numbers are those of the run, and a figure of the literature names one."""

import json
from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import PipelineError
from pipeline.registry import exercises
from pipeline.scoring.comparison import outcome_of
from tests.reported_project import configure, evaluate
from tools import published, tables
from tools.published import RESULTS, collect
from tools.tables import LITERATURE, all_scores, beside_literature

ROOT = Path(__file__).parents[2]


@pytest.fixture
def read(project: Path):
    """The literature as it is, and the scores of the made-up project."""
    evaluate()
    texts = {RESULTS: json.dumps(collect(project)), LITERATURE: (ROOT / LITERATURE).read_text(encoding="utf-8")}
    texts["params.yaml"] = (ROOT / "params.yaml").read_text(encoding="utf-8")
    texts["metrics/evaluation.json"] = (project / "metrics/evaluation.json").read_text(encoding="utf-8")
    return texts.__getitem__


def test_every_compared_score_is_shown_with_its_interval(read, project: Path):
    rows = all_scores(read).splitlines()[2:]
    assert {row.split(" | ")[0].strip("| ") for row in rows} == set(exercises())
    mean = json.loads((project / "metrics/train/pooling/mean.json").read_text())["mean"]["accuracy"]
    (row,) = (row for row in rows if row.startswith("| pooling | packaged | mean "))
    assert f"| accuracy (%) | {100 * mean:.1f} (" in row and row.endswith("| 3 |")
    low, high = (float(end) for end in row.split("(")[-1].split(")")[0].split(" to "))
    assert low < 100 * mean < high


def test_every_published_figure_stands_beside_a_score_of_the_run(read):
    rows = yaml.safe_load(read(LITERATURE))
    shown = beside_literature(read).splitlines()[2:]
    assert len(shown) == len(rows) > 5
    for line, row in zip(shown, rows, strict=True):
        assert f"(`{row['exercise']}/{row['variant']}`)" in line and f"| {row['published']} | {row['source']}, " in line


def test_the_short_table_is_the_same_in_both_languages(read):
    short = [row for row in yaml.safe_load(read(LITERATURE)) if "short" in row]
    english, spanish = (table(read).splitlines()[2:] for table in (tables.published, tables.spanish_published))
    (other,) = [row for row in short if "short_es" in row]
    english = [line.replace(other["short"], other["short_es"]).replace(" & ", " y ") for line in english]
    assert english == spanish and len(english) == len(short) > 3


def test_what_comes_out_otherwise_on_other_data_is_said(read):
    assert len(tables.changed(read).splitlines()) == 2  # the same run beside itself
    run = json.loads(read(RESULTS))
    entry = run["comparisons"]["depth"]
    first = entry["differences"][0]
    first |= (
        {"ci95": [-0.3, -0.2], "verdict": "theirs"}
        if first["ci95"][0] >= 0
        else {"ci95": [0.2, 0.3], "verdict": "theirs"}
    )

    def other(path: str) -> str:
        return json.dumps(run) if path == RESULTS else read(path)

    assert len(tables.changed(other).splitlines()) == 2  # on the same data it says nothing of data
    entry["edition"] = "official"
    (row,) = tables.changed(other).splitlines()[2:]
    assert row.startswith("| speech | ") and row.endswith(" | theirs |")
    del run["comparisons"]["depth"]  # an exercise that was added after the run
    assert len(tables.changed(other).splitlines()) == 2


def test_a_run_may_be_of_another_confidence(read, project: Path):
    wide = json.loads(read(RESULTS))
    configure("evaluation", confidence=0.8)
    evaluate()
    narrow = collect(project)
    assert (wide["confidence"], narrow["confidence"]) == (0.95, 0.8)
    outer, inner = (run["scores"]["pooling"]["accuracy"]["mean"] for run in (wide, narrow))
    assert outer["low"] < inner["low"] < inner["high"] < outer["high"]
    for entry in narrow["comparisons"].values():
        entry["edition"] = "official"
    rows = tables.changed(lambda path: json.dumps(narrow) if path == RESULTS else read(path)).splitlines()[2:]
    assert rows and all("95% interval" in row and "80% interval" in row for row in rows)

    def set_anew(path: str) -> str:
        return read(path).replace("confidence: 0.95", "confidence: 0.8")  # and not evaluated since

    texts = {RESULTS: json.dumps(narrow)}
    with pytest.raises(PipelineError, match="^metrics/evaluation.json has no 80% intervals: run `dvc repro` first"):
        tables.changed(lambda path: texts.get(path) or set_anew(path))


@pytest.mark.parametrize(
    ("comparison", "a", "b"),
    [("depth", "layers_2", "layers_1"), ("recurrence", "mean", "no_recurrence"), ("characters", "t64_h256", "ngram")],
)
def test_what_the_report_says_of_the_published_data_is_what_they_show(comparison, a, b):
    """Of each, the report says that there a is better, where the packaged data do not show it."""
    run = json.loads((ROOT / RESULTS).read_text(encoding="utf-8"))
    (found,) = (each for each in run["comparisons"][comparison]["differences"] if (each["a"], each["b"]) == (a, b))
    assert outcome_of(found, run["confidence"], falls=comparison == "characters") == "better"


def test_a_figure_without_a_score_is_an_error(read):
    def other(path: str) -> str:
        return read(path).replace("variant: last", "variant: first")

    with pytest.raises(PipelineError, match=r"docs/published.json has no 'first' of docs/literature.yaml"):
        beside_literature(other)


def test_an_exercise_that_was_removed_after_the_run(read):
    """Its scores are not shown; a figure of the literature that names it is an error."""
    results = json.loads(read(RESULTS))
    results["scores"]["removed"] = results["scores"]["pooling"]
    assert all_scores(lambda path: json.dumps(results) if path == RESULTS else read(path)) == all_scores(read)
    with pytest.raises(PipelineError, match="^docs/literature.yaml names 'removed', which is no exercise: remove"):
        beside_literature(lambda path: read(path).replace("exercise: pooling", "exercise: removed"))


def test_a_run_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.argv", ["published", str(tmp_path / "nowhere")])
    with pytest.raises(PipelineError, match="there is no folder .*nowhere: make repro SCALE=published writes"):
        published.main()
