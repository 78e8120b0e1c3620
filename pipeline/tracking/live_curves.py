"""Learning curves during training: follows the progress files of the seeds' processes and logs every new row."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.tracking.runs import Runs
from pipeline.tracking.store import reason, shown, warn

INTERVAL = 2.0  # seconds between two reads of the progress files
LAST_WAIT = 25.0  # seconds for a request under way to end: two attempts of PATIENT_SECONDS, see store.py


class LiveCurves:
    """Logs every row of the progress files once, to its seed's run.

    Args:
        progress: seed -> file; it may not exist yet. What could not be logged is tried again each time.
    """

    def __init__(self, runs: Runs, progress: Mapping[int, Path]) -> None:
        self.runs, self.progress = runs, progress
        self.warned = False
        self.logged = {seed: runs.logged_epochs(seed) if runs.continued else set() for seed in progress}
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

    def _follow(self) -> None:
        while not self.ended.wait(INTERVAL):
            try:
                self._log_new()
            except Exception as error:  # whatever it is, training goes on
                if not self.warned:
                    where = f"MLflow at {shown(self.runs.uri)}"
                    warn(f"{where}: {reason(error)}; training goes on, its curves are logged later")
                self.warned = True

    def _log_new(self) -> None:
        for seed, path in self.progress.items():
            self.runs.log_epochs(seed, read_rows(path), self.logged[seed])


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a progress file so far. The last line counts only when it is complete."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]
