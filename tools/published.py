"""Put the scores of a run on the published data beside figures of the literature.

    python -m tools.published runs/published

Writes docs/published.json and prints two tables in Markdown. The run is one of `make repro SCALE=published`.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import write_json
from pipeline.core.stage import Results
from pipeline.declaration import Exercise
from pipeline.registry import exercises
from pipeline.scoring.differences import interval
from pipeline.scoring.metrics import Metric
from pipeline.scoring.predictions import read_predictions
from tools.readme import ROOT, Read, called, on_disk

RESULTS, LITERATURE = "docs/published.json", "docs/literature.yaml"


class Score(NamedTuple):
    """The test score of a variant, in the metric's unit."""

    edition: str
    mean: float  # over seeds
    low: float  # ends of the 95% interval
    high: float
    seeds: int


def collect(project: Path) -> dict[str, Any]:
    """Exercise -> metric -> variant -> score, of all that is compared there.

    Raises:
        PipelineError: a result is missing or damaged.
    """
    before = Path.cwd()
    os.chdir(project)
    try:
        return {
            name: {
                metric: {variant: scored(exercise, metric, variant)._asdict() for variant in variants}
                for metric, variants in compared(exercise).items()
            }
            for name, exercise in exercises().items()
        }
    finally:
        os.chdir(before)


def compared(exercise: Exercise) -> dict[str, list[str]]:
    """Metric -> the variants whose scores are compared by it, in the order of their declaration."""
    found: dict[str, set[str]] = {}
    for comparison in exercise.comparisons:
        found.setdefault(comparison.metric, set()).update(comparison.variants)
    return {metric: [name for name in exercise.variants if name in names] for metric, names in found.items()}


def scored(exercise: Exercise, name: str, variant: str) -> Score:
    """The test score of a variant in the current folder, from its predictions."""
    metric, results = exercise.metric(name), Results.of(exercise.name, variant)
    predictions = read_predictions(results.predictions, metric)
    low, high = interval(predictions.statistics, metric.score, exercise.block)
    edition = json.loads(results.metrics.read_text(encoding="utf-8"))["edition"]
    mean = float(predictions.scores(metric).mean())
    return Score(edition, round(mean, 6), low, high, len(predictions.seeds))


def beside_literature(read: Read) -> str:
    """A row for each published figure.

    Raises:
        PipelineError: it names a score that the run does not have.
    """
    results = json.loads(read(RESULTS))
    lines = ["| data | model | here | published | by | what differs |", "|---|---|---:|---:|---|---|"]
    for row in yaml.safe_load(read(LITERATURE)):
        metric = exercises()[row["exercise"]].metric(row["metric"])
        try:
            score = Score(**results[row["exercise"]][row["metric"]][row["variant"]])
        except KeyError as error:
            raise PipelineError(f"{RESULTS} has no {error} of {LITERATURE}: run tools.published again") from None
        lines.append(
            f"| {row['data']} | {row['model']} (`{row['exercise']}/{row['variant']}`) | {shown(metric, score)} "
            f"| {row['published']} | {row['by']} | {row['differs']} |"
        )
    return "\n".join([*lines, ""])


def all_scores(read: Read) -> str:
    """A row for each score of the run."""
    lines = ["| exercise | data | variant | test score | mean | seeds |", "|---|---|---|---|---:|---:|"]
    for exercise, metrics in json.loads(read(RESULTS)).items():
        for name, variants in metrics.items():
            metric = exercises()[exercise].metric(name)
            for variant, values in variants.items():
                score = Score(**values)
                found = f"{called(metric)} | {shown(metric, score)} | {score.seeds} |"
                lines.append(f"| {exercise} | {score.edition} | {variant} | {found}")
    return "\n".join([*lines, ""])


def shown(metric: Metric, score: Score) -> str:
    """The mean with its interval, as people read it."""
    mean, low, high = (f"{metric.scale * value:.{metric.digits}f}" for value in (score.mean, score.low, score.high))
    return f"{mean} ({low} to {high})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.published", description=__doc__.split("\n")[0])
    parser.add_argument("run", help="the folder of the run, such as runs/published")
    project = Path(parser.parse_args().run)
    if not project.is_dir():
        raise PipelineError(f"there is no folder {project}: make repro SCALE=published writes runs/published")
    write_json(ROOT / RESULTS, collect(project))
    print(beside_literature(on_disk), all_scores(on_disk), sep="\n")


if __name__ == "__main__":
    run_stage(main)
