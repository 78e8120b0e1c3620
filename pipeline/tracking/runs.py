"""A variant's runs in MLflow, and what is logged to them."""

import csv
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.answering.champion import best_seed
from pipeline.core.files import read_json
from pipeline.core.stage import Results
from pipeline.tracking.curves_figure import learning_curves
from pipeline.tracking.log_model import log_model
from pipeline.tracking.provenance import result_digests

if TYPE_CHECKING:
    from mlflow import MlflowClient

NOT_CURVES = {"seed", "epoch", "wall_time"}


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
        return {metric.step for metric in self.client.get_metric_history(self.children[seed], "train_loss")}

    def log(self, results: Results) -> None:
        """Log the curves that are missing, the final metrics, the files, and the model of the best seed."""
        self._log_history(results.history)
        summary = read_json(results.metrics)
        self._log_scores(summary, read_json(results.timing))
        for name in ("metrics", "history", "predictions", "timing"):
            self.client.log_artifact(self.parent, str(getattr(results, name)), name)
        curves = learning_curves(results.metrics, results.history)
        self.client.log_figure(self.parent, curves, "figures/learning_curves.png", save_kwargs={"dpi": 150})
        best = best_seed(summary)
        self.client.set_tag(self.parent, "best seed", str(best))
        log_model(self, best, results.models, results.predictions)
        for name, digest in result_digests(results).items():  # last: they mean that everything is there
            self.client.set_tag(self.parent, f"dvc.{name}", digest)

    def log_epochs(self, seed: int, rows: Iterable[Mapping[str, float]], logged: set[int]) -> None:
        """Log each row whose epoch is not among those `logged`, and add it there."""
        from mlflow.entities import Metric

        for row in rows:
            epoch, moment = int(row["epoch"]), int(row["wall_time"] * 1000)
            if epoch in logged:
                continue
            values = {name: value for name, value in row.items() if name not in NOT_CURVES}
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
        """Each seed's scores on its run, means and standard deviations over the seeds on the parent."""
        for result in results["seeds"]:
            values = {name: result[name] for name in ("parameters", "epochs", "best_epoch")}
            # `validation_*` are the curves; of these only the best epoch's values were kept with the model.
            values |= {f"best_validation_{name}": value for name, value in flatten(result["validation"]).items()}
            values |= {f"test_{name}": value for name, value in flatten(result["test"]).items()}
            self._log_metrics(self.children[result["seed"]], values)
        for times in timing["seeds"]:
            values = {f"timing_{name}": value for name, value in times.items() if name != "seed"}
            self._log_metrics(self.children[times["seed"]], values)
        values = {f"test_{name}_mean": value for name, value in flatten(results["mean"]).items()}
        values |= {f"test_{name}_sd": value for name, value in flatten(results["sd"]).items()}
        self._log_metrics(self.parent, values)

    def _log_metrics(self, run: str, values: Mapping[str, Any]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        numbers = {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
        self.client.log_batch(run, metrics=[Metric(name, value, now, 0) for name, value in numbers.items()])


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested mapping as a flat one, its keys joined by dots."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat
