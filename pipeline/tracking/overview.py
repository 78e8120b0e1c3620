"""What MLflow shows of an exercise first: its answers, as the experiment's description, and a view of its runs."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.core.files import read_json
from pipeline.core.stage import Results
from pipeline.declaration import Comparison, Exercise
from pipeline.registry import declaration
from pipeline.tracking.names import TEST, in_section, of_column

if TYPE_CHECKING:
    from mlflow import MlflowClient

EVALUATION = Path("metrics/evaluation.json")
VIEW = "overview"  # the name of the view in addresses


def show_first(client: "MlflowClient", experiment: str, exercise: str) -> None:
    """Set the description of an experiment and its view to what is known now."""
    declared = declaration(exercise)
    client.set_experiment_tag(experiment, "mlflow.note.content", description(declared))
    client.set_experiment_tag(experiment, f"mlflow.sharedViewState.{VIEW}", json.dumps(view(declared)))


def address(server: str, experiment: str) -> str:
    """Where the view is: scores and learning curves, in MLflow's pages for training models."""
    query = f"viewStateShareKey={VIEW}&compareRunsMode=CHART&workflowType=machine_learning"
    return f"{server}/#/experiments/{experiment}/runs?{query}"


def description(exercise: Exercise) -> str:
    """Each variant's score, the best first, in the line that MLflow's pages show; the question, and what was found."""
    trained = {
        variant: read_json(metrics)
        for variant in exercise.variants
        if (metrics := Results.of(exercise.name, variant).metrics).exists()
    }
    means = {variant: results["mean"][exercise.stage.metric] for variant, results in trained.items()}
    best_first = sorted(means, key=means.__getitem__, reverse=not exercise.metric(exercise.stage.metric).falls)
    scores = ", ".join(f"{variant} {written(exercise, means[variant])}" for variant in best_first)
    lines = [f"{measured(exercise)}: {scores}", "", exercise.question] if scores else [exercise.question]
    for comparison in exercise.comparisons:
        if verdicts := list(_verdicts(comparison, trained)):
            lines += ["", f"**{comparison.question}**", "", *(f"- {verdict}" for verdict in verdicts)]
    return "\n".join(lines)


def measured(exercise: Exercise) -> str:
    """What the scores of the exercise are: "Test accuracy (%)"."""
    axis = exercise.metric(exercise.stage.metric).axis
    return f"{axis[0].upper()}{axis[1:]}"


def written(exercise: Exercise, value: float | None) -> str:
    """A score in the metric of the exercise, for people."""
    metric = exercise.metric(exercise.stage.metric)
    return "-" if value is None else f"{value * metric.scale:.{metric.digits}f}"


def _verdicts(comparison: Comparison, trained: Mapping[str, Any]) -> Iterator[str]:
    """What the evaluation says, if it is of these results: another training may have replaced them since."""
    found = read_json(EVALUATION)["comparisons"].get(comparison.name) if EVALUATION.exists() else None
    if found is None:
        return
    same = {
        name
        for name, result in found["variants"].items()
        if name in trained and math.isclose(trained[name]["mean"][comparison.metric], result["mean"], abs_tol=1e-6)
    }
    yield from (one["verdict"] for one in found["differences"] if {one["a"], one["b"]} <= same)


def view(exercise: Exercise) -> dict[str, Any]:
    """A view as MLflow's pages share one: the seeds' runs in groups by variant, their scores, their learning curves.

    It is no documented interface. A version of MLflow that reads it otherwise shows its own first view.
    """
    stage = exercise.stage
    score = TEST + stage.metric
    curves = dict.fromkeys(["train/loss", in_section(stage.curve), "validation/loss"])
    charts: list[dict[str, Any]] = [{"type": "BAR", "metricKey": score}]
    charts += [{"type": "LINE", "metricKey": name, "selectedMetricKeys": [name], "xAxisKey": "step"} for name in curves]
    common = {"runsCountToCompare": 20, "metricSectionId": VIEW, "deleted": False, "isGenerated": False}
    names = dict.fromkeys([score, *(of_column(column.key) for column in exercise.columns)])
    columns = [f"metrics.`{name}`" for name in names]
    return {
        "searchFilter": "tags.level = 'seed'",
        "orderByKey": f"metrics.`{score}`",
        "orderByAsc": exercise.metric(stage.metric).falls,
        "groupBy": {"aggregateFunction": "average", "groupByKeys": [{"mode": "tag", "groupByData": "variant"}]},
        "selectedColumns": columns,
        "columnOrder": columns,
        "runsHiddenMode": "SHOW_ALL",
        "compareRunCharts": [{**chart, **common, "uuid": f"{VIEW}-{number}"} for number, chart in enumerate(charts)],
        "compareRunSections": [
            {"uuid": VIEW, "name": "Score and learning curves", "display": True, "isReordered": True}
        ],
        "isAccordionReordered": True,
    }
