"""The table that `dvc metrics show` prints: each exercise's score.

    python -m pipeline.answering.best

It is the mean test score of the variant that does best on the validation split, to four digits, so that the table fits
a terminal. Reads metrics/train/, writes metrics/best.json.
"""

from pathlib import Path

from pipeline.answering.champion import champion, results_of
from pipeline.core.errors import run_stage
from pipeline.core.files import write_json
from pipeline.registry import exercises

BEST = Path("metrics/best.json")


def main() -> None:
    scores = {}
    for name, exercise in exercises().items():
        best = champion(f"{name}/{variant}" for variant in exercise.stage.variants)
        if best is not None:
            scores[name] = round(results_of(best)["mean"][exercise.stage.metric], 4)
    write_json(BEST, scores)


if __name__ == "__main__":
    run_stage(main)
