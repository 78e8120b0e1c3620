"""A student's training in MLflow: in the exercise's experiment, beside the reference, and told apart from it.

The runs have the tag `level`, `student` or `student seed`, and none that leads to a stage of DVC: nothing that looks
for a variant's runs, such as `make track`, takes them for one.
"""

import csv
import time
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import Any

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.core.stage import Results
from pipeline.tracking.names import MEASURED, TEST, WORK, in_section
from pipeline.tracking.provenance import git_tags
from pipeline.tracking.store import Store, connect, reason, shown


class Run:
    """The run of a student's training."""

    def __init__(self, store: Store, exercise: str, file: Path, settings: dict[str, Any]) -> None:
        from mlflow.entities import Param

        self.client, self.experiment = store.client, store.experiment
        self.open: list[str] = []  # the runs that have begun and not ended
        self.file = file
        self.name = f"{file.stem} (student)"
        tags = {
            "exercise": exercise,
            "variant": self.name,
            "student": _user(),
            "mlflow.source.name": f"rnn check {file}",
        }
        self.tags = {**git_tags(), **tags}
        self.parameters = [Param(name, str(value)) for name, value in settings.items()]

    def begin(self) -> None:
        """Open the run, and keep the student's file with it."""
        self.id = self._create(self.name, {"level": "student"})
        self.client.log_artifact(self.id, str(self.file), "code")

    def log(self, results: Results) -> None:
        """Log what was trained: a run for each seed with its curve and scores, the means on the run above them."""
        from mlflow.entities import Metric

        summary, now = read_json(results.metrics), int(time.time() * 1000)
        times_of = {one["seed"]: one for one in read_json(results.timing)["seeds"]}
        with results.history.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for one in summary["seeds"]:
            seed = one["seed"]
            own = {"mlflow.parentRunId": self.id, "level": "student seed", "seed": str(seed)}
            child = self._create(f"{self.name}, seed {seed}", own)
            curve = [
                Metric(in_section(name), float(value), now, int(row["epoch"]))
                for row in rows
                if int(row["seed"]) == seed
                for name, value in row.items()
                if name not in ("seed", "epoch")
            ]
            values = {f"{TEST}{name}": value for name, value in one["test"].items()}
            values |= {f"{WORK}{name}": value for name, value in (times_of[seed] | one).items() if name in MEASURED}
            self.client.log_batch(child, metrics=[*curve, *_metrics(values, now)])
            self._end(child, "FINISHED")
        means = {f"{TEST}{name}": value for name, value in summary["mean"].items()}
        spreads = {f"{TEST}{name}_sd": value for name, value in summary["sd"].items()}
        self.client.log_batch(self.id, metrics=_metrics(means | spreads, now))
        for path in (results.metrics, results.history, results.predictions, results.timing):
            self.client.log_artifact(self.id, str(path), "results")

    def describe(self, lines: list[str]) -> None:
        """The run's description."""
        self.client.set_tag(self.id, "mlflow.note.content", "\n\n".join(lines))

    def end(self, status: str) -> None:
        """Close every run that is open."""
        for run in self.open.copy():
            self._end(run, status)

    def _create(self, name: str, tags: dict[str, str]) -> str:
        run: str = self.client.create_run(self.experiment, run_name=name, tags=self.tags | tags).info.run_id
        self.open.append(run)
        self.client.log_batch(run, params=self.parameters)
        return run

    def _end(self, run: str, status: str) -> None:
        self.client.set_terminated(run, status)
        self.open.remove(run)


@contextmanager
def tracked(exercise: str, file: Path, settings: dict[str, Any]) -> Iterator[Run]:
    """A run that is open while the block trains and logs.

    Raises:
        PipelineError: the store cannot be used.
    """
    from mlflow.exceptions import MlflowException

    store = connect(exercise)
    try:
        run, status = Run(store, exercise, file, settings), "FAILED"
        try:
            run.begin()
            yield run
            status = "FINISHED"
        finally:
            run.end(status)
    except MlflowException as error:
        raise PipelineError(f"MLflow at {shown(store.uri)} takes no run: {reason(error)}") from None


def _metrics(values: dict[str, Any], now: int) -> list[Any]:
    """The numbers among them, as MLflow takes them."""
    from mlflow.entities import Metric

    return [Metric(name, float(value), now, 0) for name, value in values.items() if isinstance(value, int | float)]


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a user without a name, as containers have
        return "unknown"
