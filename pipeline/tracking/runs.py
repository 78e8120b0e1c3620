"""A variant's runs in MLflow, and what is logged to them."""

import csv
import io
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.answering.champion import best_seed
from pipeline.core.files import read_json
from pipeline.core.stage import Results
from pipeline.declaration import Exercise
from pipeline.registry import declaration
from pipeline.tracking.curves_figure import learning_curves
from pipeline.tracking.log_model import log_model
from pipeline.tracking.names import MEASURED, TEST, WORK, in_section
from pipeline.tracking.overview import measured, show_first, written
from pipeline.tracking.provenance import how_to_return, result_digests

if TYPE_CHECKING:
    from mlflow import MlflowClient

NOT_CURVES = {"seed", "epoch", "wall_time"}
SAMPLE = 200  # rows of the predictions that are also logged as CSV, which MLflow's pages show


@dataclass
class Runs:
    """A variant's parent run and its seeds' child runs."""

    client: "MlflowClient"
    uri: str
    exercise: str
    variant: str
    parameters: dict[str, str]
    parent: str  # run ids
    children: dict[int, str]  # by seed
    note: Path
    continued: bool  # an earlier process, which was interrupted, created them

    @property
    def stage(self) -> str:
        return f"{self.exercise}@{self.variant}"

    def logged_epochs(self, seed: int) -> set[int]:
        """The epochs whose numbers the seed's run has already."""
        return {metric.step for metric in self.client.get_metric_history(self.children[seed], in_section("train_loss"))}

    def log(self, results: Results) -> None:
        """Log the curves that are missing, the final metrics, the files, and the model of the best seed."""
        self._log_history(results.history)
        summary = read_json(results.metrics)
        self._log_scores(summary, read_json(results.timing))
        for name in ("metrics", "history", "predictions", "timing"):
            self.client.log_artifact(self.parent, str(getattr(results, name)), name)
        self.client.log_text(self.parent, sample(results.predictions), "predictions/sample.csv")
        curves = learning_curves(results.metrics, results.history)
        self.client.log_figure(self.parent, curves, "figures/learning_curves.png", save_kwargs={"dpi": 150})
        best = best_seed(summary)
        self.client.set_tag(self.parent, "best seed", str(best))
        log_model(self, best, self.result(summary), results.models, results.predictions)
        show_first(self.client, self.client.get_run(self.parent).info.experiment_id, self.exercise)
        for name, digest in result_digests(results).items():  # last: they mean that everything is there
            self.client.set_tag(self.parent, f"dvc.{name}", digest)

    def log_epochs(self, seed: int, rows: Iterable[Mapping[str, float]], logged: set[int]) -> None:
        """Log each row whose epoch is not among those `logged`, and add it there."""
        from mlflow.entities import Metric

        for row in rows:
            epoch, moment = int(row["epoch"]), int(row["wall_time"] * 1000)
            if epoch in logged:
                continue
            values = {in_section(name): value for name, value in row.items() if name not in NOT_CURVES}
            # If the answer is lost on the way, the same rows are sent again; of equal rows MLflow keeps one.
            metrics = [Metric(name, value, moment, epoch) for name, value in values.items()]
            self.client.log_batch(self.children[seed], metrics=metrics)
            logged.add(epoch)

    def _log_history(self, history: Path) -> None:
        """Log the epochs that the runs lack: those trained before an interruption, or while the store was away."""
        rows: dict[int, list[dict[str, float]]] = {seed: [] for seed in self.children}
        now = time.time()
        with history.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                numbers = {name: float(value) for name, value in row.items()}
                rows[int(numbers["seed"])].append(numbers | {"wall_time": now})
        for seed in self.children:
            self.log_epochs(seed, rows[seed], self.logged_epochs(seed))

    def _log_scores(self, results: Mapping[str, Any], timing: Mapping[str, Any]) -> None:
        """Each seed's scores and work on its run, the means over the seeds on the parent; the result as description.

        Scores by class and the like are in the metrics file: here they would hide what counts.
        """
        metric, times_of = results["metric"], {times["seed"]: times for times in timing["seeds"]}
        for result in results["seeds"]:
            seed, run = result["seed"], self.children[result["seed"]]
            judged = metric if metric in result["validation"] else "loss"
            # `validation/*` are the curves; of these only the best epoch's values were kept with the model.
            values = {f"validation/best_{judged}": result["validation"][judged]}
            values |= {f"{TEST}{name}": value for name, value in result["test"].items()}
            values |= {f"{WORK}{name}": value for name, value in (times_of[seed] | result).items() if name in MEASURED}
            self._log_metrics(run, values)
            self.client.set_tag(run, "best epoch", f"{result['best_epoch']} of {result['epochs']}")
            self._describe(run, self._scored(result["test"][metric], f"with seed {seed}"))
        values = {f"{TEST}{name}": value for name, value in results["mean"].items()}
        values |= {f"{TEST}{name}_sd": value for name, value in results["sd"].items()}
        self._log_metrics(self.parent, values)
        self._describe(self.parent, self.result(results))

    def result(self, results: Mapping[str, Any]) -> str:
        """The variant's test score in words."""
        metric, seeds = results["metric"], len(results["seeds"])
        sd = written(self._declared, results["sd"][metric])
        return self._scored(results["mean"][metric], f"(mean of {seeds} seeds, standard deviation {sd})")

    def _scored(self, score: float, seeds: str) -> str:
        return f"{measured(self._declared)}: {written(self._declared, score)} {seeds}"

    def _describe(self, run: str, result: str) -> None:
        commit = self.client.get_run(run).data.tags.get("mlflow.source.git.commit")
        self.client.set_tag(run, "mlflow.note.content", f"**{result}**\n\n{how_to_return(self.stage, commit)}")

    @property
    def _declared(self) -> Exercise:
        return declaration(self.exercise)

    def _log_metrics(self, run: str, values: Mapping[str, Any]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        numbers = {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
        self.client.log_batch(run, metrics=[Metric(name, value, now, 0) for name, value in numbers.items()])


def sample(predictions: Path) -> str:
    """The first rows of the predictions as CSV; lists are written in JSON."""
    import pyarrow.parquet as pq

    rows = next(pq.ParquetFile(predictions).iter_batches(SAMPLE)).to_pylist()
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: json.dumps(value) if isinstance(value, list) else value for name, value in row.items()})
    return out.getvalue()


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested mapping as a flat one, its keys joined by dots."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat
