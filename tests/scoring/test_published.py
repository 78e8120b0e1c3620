"""The page of the published data: its numbers are those of the run, and a figure of the literature names one."""

import json
from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import PipelineError
from pipeline.registry import exercises
from tools import published
from tools.published import LITERATURE, RESULTS, all_scores, beside_literature, collect

ROOT = Path(__file__).parents[2]


@pytest.fixture
def read(project: Path):
    """The literature as it is, and the scores of the made-up project."""
    texts = {RESULTS: json.dumps(collect(project)), LITERATURE: (ROOT / LITERATURE).read_text(encoding="utf-8")}
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
        assert f"(`{row['exercise']}/{row['variant']}`)" in line and f"| {row['published']} | {row['by']} |" in line


def test_a_figure_without_a_score_is_an_error(read):
    def other(path: str) -> str:
        return read(path).replace("variant: last", "variant: first")

    with pytest.raises(PipelineError, match=r"docs/published.json has no 'first' of docs/literature.yaml"):
        beside_literature(other)


def test_a_run_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.argv", ["published", str(tmp_path / "nowhere")])
    with pytest.raises(PipelineError, match="there is no folder .*nowhere: make repro SCALE=published writes"):
        published.main()
