"""Pages show what was measured, between their markers, and are held against what git has."""

import json
import subprocess

import pytest

from pipeline.core.errors import PipelineError
from pipeline.registry import exercises
from tools import readme, tables


def test_what_lies_between_the_markers_is_replaced():
    text = "a\n<!-- scores -->\nold\n<!-- end of scores -->\nb\n"
    assert readme.filled(text, "scores", "new\n", "page.md") == text.replace("old", "new")


@pytest.mark.parametrize("text", ["", "<!-- scores -->\nold\n", "<!-- times -->\nold\n<!-- end of times -->\n"])
def test_without_its_markers_it_does_not_pass(text):
    with pytest.raises(PipelineError, match="^page.md lacks the lines `<!-- scores -->`"):
        readme.filled(text, "scores", "new\n", "page.md")


@pytest.fixture
def evaluation():
    """Every comparison came out a verdict of its own."""

    def result(exercise, comparison):
        variants = {name: {"mean": 0.5, "sd": None, "seeds": {"1": 0.5}} for name in comparison.variants}
        differences = [{"a": a, "b": b, "verdict": f"{a} over {b} in {comparison.name}"} for a, b in comparison.pairs]
        return {"exercise": exercise.name, "edition": "mine", "variants": variants, "differences": differences}

    return {
        comparison.name: result(exercise, comparison)
        for exercise in exercises().values()
        for comparison in exercise.comparisons
    }


def test_the_first_page_has_the_comparisons_that_the_sheet_names_and_the_others_have_a_page(evaluation):
    texts = {"metrics/evaluation.json": json.dumps({"comparisons": evaluation})}
    first, all_of_them = tables.headlines(texts.__getitem__), tables.comparisons(texts.__getitem__)
    named = 0
    for exercise in exercises().values():
        for comparison in exercise.comparisons:
            named += bool(comparison.headlines)
            assert (f"- {comparison.question}\n" in first) is bool(comparison.headlines)
            assert f"- {comparison.question} (`{exercise.name}`)\n" in all_of_them
            for a, b in comparison.pairs:
                sentence = f"  - {a} over {b} in {comparison.name}\n"
                assert sentence in all_of_them and (sentence in first) is ((a, b) in comparison.headlines)
    assert named == 3


def test_a_variant_of_one_seed_has_no_deviation_and_stands_once_for_each_metric(evaluation):
    rows = tables.scores({"metrics/evaluation.json": json.dumps({"comparisons": evaluation})}.__getitem__).splitlines()
    assert len(rows) == len(set(rows)) > 40
    assert "| sentiment | mine | lstm_forget_0 | accuracy (%) | 50.0 | - |" in rows


def test_an_evaluation_older_than_the_declarations_is_one_line(evaluation):
    del evaluation["depth"]
    with pytest.raises(PipelineError, match=r"^metrics/evaluation.json lacks 'depth': run `dvc repro`"):
        tables.comparisons({"metrics/evaluation.json": json.dumps({"comparisons": evaluation})}.__getitem__)


def test_the_graph_has_every_stage_with_its_variants_and_no_arrow_that_a_longer_way_implies():
    lines = [line.strip() for line in readme.stages(readme.on_disk).splitlines()]
    assert 'speech["speech × 5"]' in lines and not any(line.startswith("report[") for line in lines)
    arrows = {
        (start, end)
        for starts, ends in (line.split(" --> ") for line in lines if "-->" in line)
        for start in starts.split(" & ")
        for end in ends.split(" & ")
    }
    wanted = {("fetch", "prepare"), ("prepare", "speech"), ("speech", "evaluate"), ("evaluate", "report")}
    assert wanted <= arrows and not {("speech", "report"), ("fetch", "speech")} & arrows


def test_a_rebuild_with_other_numbers_does_not_fail_the_check(tmp_path, monkeypatch):
    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    monkeypatch.setattr(readme, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("committed")
    assert readme.in_git("page.md") == "committed"  # no git there: the file itself
    git("init")
    with pytest.raises(PipelineError, match="page.md is not in git: commit it"):
        readme.in_git("page.md")
    git("add", "page.md")
    page.write_text("rebuilt")
    assert (readme.in_git("page.md"), readme.on_disk("page.md")) == ("committed", "rebuilt")
