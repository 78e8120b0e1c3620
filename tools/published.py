"""Collect the test scores of a run on the published data in docs/published.json.

    python -m tools.published runs/published

The run is one of `make repro SCALE=published`. `make readme` then writes docs/published.md, which puts its scores
beside those of the literature.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import read_json, write_json
from pipeline.core.params import section
from pipeline.core.stage import Results
from pipeline.declaration import Exercise
from pipeline.registry import exercises
from pipeline.scoring.comparison import Evaluation
from pipeline.scoring.differences import interval
from pipeline.scoring.evaluate import EVALUATION
from pipeline.scoring.predictions import read_predictions

ROOT = Path(__file__).parents[1]
RESULTS = "docs/published.json"


class Score(NamedTuple):
    """The test score of a variant, in the metric's unit."""

    edition: str
    mean: float  # over seeds
    low: float  # ends of its interval, at the confidence of the run
    high: float
    seeds: int


def collect(project: Path) -> dict[str, Any]:
    """`scores`, exercise -> metric -> variant -> score, of all that is compared there, and the `comparisons`; the
    `confidence` of the intervals of both.

    Raises:
        PipelineError: a result is missing or damaged.
    """
    before = Path.cwd()
    os.chdir(project)
    try:
        confidence = section("evaluation", Evaluation).confidence
        scores = {
            name: {
                metric: {variant: scored(exercise, metric, variant, confidence)._asdict() for variant in variants}
                for metric, variants in compared(exercise).items()
            }
            for name, exercise in exercises().items()
        }
        evaluated = read_json(EVALUATION)
    finally:
        os.chdir(before)
    comparisons = {
        name: {key: result[key] for key in ("edition", "differences")}
        for name, result in evaluated["comparisons"].items()
    }
    return {"confidence": confidence, "scores": scores, "comparisons": comparisons}


def compared(exercise: Exercise) -> dict[str, list[str]]:
    """Metric -> the variants whose scores are compared by it, in the order of their declaration."""
    found: dict[str, set[str]] = {}
    for comparison in exercise.comparisons:
        found.setdefault(comparison.metric, set()).update(comparison.variants)
    return {metric: [name for name in exercise.variants if name in names] for metric, names in found.items()}


def scored(exercise: Exercise, name: str, variant: str, confidence: float) -> Score:
    """The test score of a variant in the current folder, from its predictions."""
    metric, results = exercise.metric(name), Results.of(exercise.name, variant)
    predictions = read_predictions(results.predictions, metric)
    low, high = interval(predictions.statistics, metric.score, exercise.block, confidence)
    edition = json.loads(results.metrics.read_text(encoding="utf-8"))["edition"]
    mean = float(predictions.scores(metric).mean())
    return Score(edition, round(mean, 6), low, high, len(predictions.seeds))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.published", description=__doc__.split("\n")[0])
    parser.add_argument("run", help="the folder of the run, such as runs/published")
    project = Path(parser.parse_args().run)
    if not project.is_dir():
        raise PipelineError(f"there is no folder {project}: make repro SCALE=published writes runs/published")
    write_json(ROOT / RESULTS, collect(project))
    print(f"{RESULTS} is written; `make readme` shows it in docs/published.md and README")


if __name__ == "__main__":
    run_stage(main)
