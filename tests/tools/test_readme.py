"""README shows what was measured, between its markers."""

import re

import pytest

from pipeline.core.errors import PipelineError
from pipeline.report.report import HEADLINES
from tools import readme


def test_what_lies_between_the_markers_is_replaced():
    text = "a\n<!-- results -->\nold\n<!-- end of results -->\nb\n"
    assert readme.filled(text, "results", "new\n") == text.replace("old", "new")


@pytest.mark.parametrize(
    "text", ["", "<!-- results -->\nold\n", "<!-- benchmarks -->\nold\n<!-- end of benchmarks -->\n"]
)
def test_without_its_markers_it_does_not_pass(text):
    with pytest.raises(PipelineError, match="lacks the lines `<!-- results -->`"):
        readme.filled(text, "results", "new\n")


def test_the_comparisons_that_the_sheet_names_come_first_and_the_others_are_folded():
    comparisons = readme.read_json(readme.ROOT / "metrics/evaluation.json")["comparisons"]
    open_part, folded = readme.results().split("<details>", 1)
    asked = {comparison["question"] for key, comparison in comparisons.items() if key in HEADLINES}
    assert len(asked) == 3 and set(re.findall("^- (.+)", open_part, flags=re.MULTILINE)) == asked
    for comparison in comparisons.values():
        assert (comparison["question"] in folded) is (comparison["question"] not in asked)
