"""Learning curves, logged while they grow: follows the progress files of the seeds' processes."""

import csv
import json
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.training.store import reason, shown, warn

if TYPE_CHECKING:
    from mlflow import MlflowClient

INTERVAL = 2.0  # seconds between two looks at the progress files
LAST_WAIT = 25.0  # seconds for a request under way to end: two attempts at the patient timeout, see store.py
NOT_CURVES = {"seed", "epoch", "wall_time"}


class Curves:
    """Logs every row of the progress files once, to its seed's run.

    Args:
        runs: seed -> run id.
        progress: seed -> file; it may not exist yet.
        uri: the store's, for the one warning. What could not be logged is tried again at every look.
    """

    def __init__(self, client: "MlflowClient", runs: Mapping[int, str], progress: Mapping[int, Path], uri: str) -> None:
        self.client, self.runs, self.progress, self.uri = client, runs, progress, uri
        self.warned = False
        self.logged: set[tuple[int, int]] = set()  # (seed, epoch)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._follow, name="curves", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """Stop following, and log the rows that are left. Raises what MLflow raises."""
        self.ended.set()
        self.thread.join(LAST_WAIT)
        if self.thread.is_alive():
            raise TimeoutError("the store does not answer")
        self._log_new()

    def complete(self, history: Path) -> None:
        """Log the epochs that no progress file held: those trained before an interruption."""
        now = time.time()
        with history.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                self._log(int(row["seed"]), {name: float(value) for name, value in row.items()} | {"wall_time": now})

    def _follow(self) -> None:
        while not self.ended.wait(INTERVAL):
            try:
                self._log_new()
            except Exception as error:  # whatever it is, training goes on
                if not self.warned:
                    warn(f"MLflow at {shown(self.uri)}: {reason(error)}; training goes on, its curves are logged later")
                self.warned = True

    def _log_new(self) -> None:
        for seed, path in self.progress.items():
            for row in read_rows(path):
                self._log(seed, row)

    def _log(self, seed: int, row: Mapping[str, float]) -> None:
        from mlflow.entities import Metric

        epoch, moment = int(row["epoch"]), int(row["wall_time"] * 1000)
        if (seed, epoch) in self.logged:
            return
        values = {name: value for name, value in row.items() if name not in NOT_CURVES}
        # Should the answer be lost on the way, the same rows go out again: equal in every field, MLflow keeps one.
        self.client.log_batch(
            self.runs[seed], metrics=[Metric(name, value, moment, epoch) for name, value in values.items()]
        )
        self.logged.add((seed, epoch))


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a progress file so far. The last line counts once it has its end."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]
