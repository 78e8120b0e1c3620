"""Answers the sheet's comparisons: which variant is better, by how much, and how sure that is.

    python -m pipeline.scoring.evaluate

Reads metrics/train/ and data/predictions/, never a model; writes metrics/evaluation.json. The exercises' declarations
say what is compared. What variants that have gone left in those folders is removed first.
"""

from pathlib import Path

from pipeline.core.errors import run_stage
from pipeline.core.files import write_json
from pipeline.core.params import section
from pipeline.registry import exercises
from pipeline.scoring.comparison import Evaluation, compare, judge
from pipeline.scoring.leftovers import remove_leftovers

EVALUATION = Path("metrics/evaluation.json")


def main() -> None:
    remove_leftovers()
    settings = section("evaluation", Evaluation)
    entries = {
        comparison.name: compare(exercise, comparison, settings)
        for exercise in exercises().values()
        for comparison in exercise.comparisons
        if comparison.pairs  # an exercise with a single variant has nothing to compare
    }
    write_json(EVALUATION, judge(entries, exercises().values(), settings.confidence))
    for name, result in entries.items():
        for difference in result["differences"]:
            print(f"{name}: {difference['verdict']}")


if __name__ == "__main__":
    run_stage(main)
