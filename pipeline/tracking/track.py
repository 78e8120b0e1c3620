"""Every training run in MLflow: one experiment per exercise, one parent run per variant, one child run per seed.

The seeds train in processes of their own and append a line per epoch to a progress file; this process follows those
files (live_curves.py) and logs the outcome at the end (runs.py). A store that cannot be reached is an error at the
beginning. If it fails later, training goes on, and `make track` fills in afterwards what is missing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipeline.core.errors import PipelineError
from pipeline.core.stage import Results
from pipeline.tracking.lifecycle import end, mark_killed, note_results, open_note, open_runs
from pipeline.tracking.live_curves import LiveCurves
from pipeline.tracking.note import note_of
from pipeline.tracking.runs import Runs
from pipeline.tracking.store import connect, reason, shown, warn

SAMPLING = 2.0  # seconds between two samples of the system metrics


class Tracking:
    """The runs of a variant while it trains."""

    def __init__(self, runs: Runs, progress: Mapping[int, Path]) -> None:
        from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

        self.runs = runs
        self.curves = LiveCurves(runs, progress)
        self.curves.start()
        self.monitor = SystemMetricsMonitor(
            runs.parent, sampling_interval=SAMPLING, resume_logging=runs.continued, tracking_uri=runs.uri
        )
        self.monitor.start()
        self.complete = True

    def finish(self, results: Results) -> None:
        """Log what the training wrote. A failure is a warning."""
        self._attempt(lambda: note_results(self.runs, results))
        self._attempt(self.curves.stop)
        self._attempt(lambda: self.runs.log(results))

    def close(self, status: str) -> None:
        """End the runs as FINISHED, FAILED or KILLED. A failure is a warning."""
        self._attempt(self.monitor.finish)
        self._attempt(self.curves.stop)
        self._attempt(lambda: end(self.runs, status))

    def _attempt(self, step: Callable[[], object]) -> None:
        """Run a step, unless an earlier one failed: each would wait again for a store that does not answer."""
        if not self.complete:
            return
        try:
            step()
        except Exception as error:
            self.complete = False
            warn(f"the MLflow runs of {self.runs.stage} are incomplete ({reason(error)}); `make track` completes them")


@contextmanager
def track(
    exercise: str,
    variant: str,
    parameters: Mapping[str, Any],
    seeds: Sequence[int],
    corpora: Sequence[str],
    progress: Mapping[int, Path],
    key: str,
) -> Iterator[Tracking]:
    """Open the runs of a variant, log its curves while the block trains, and close them with its outcome.

    Args:
        parameters: may be nested.
        corpora: the prepared corpora that are read; the first one's edition is the variant's.
        progress: for each seed the file to which its training appends a JSON line per epoch: epoch, wall_time
            (seconds since 1970), and the numbers to log.
        key: of the training. One that continues an interrupted training has the same key, and continues its runs.

    Raises:
        PipelineError: the store cannot be used.
    """
    store, note = connect(exercise), note_of(exercise, variant)
    try:
        runs = open_runs(store, exercise, variant, parameters, seeds, corpora, key, note)
        tracking = Tracking(runs, progress)
    except BaseException as error:
        with suppress(Exception):  # so that what was created does not stay RUNNING
            if (noted := open_note(store, note)) is not None:
                mark_killed(store, noted)
        if isinstance(error, PipelineError) or not isinstance(error, Exception):
            raise
        raise PipelineError(f"MLflow at {shown(store.uri)} takes no run: {reason(error)}; put it right there") from None
    try:
        yield tracking
    except KeyboardInterrupt:
        tracking.close("KILLED")
        raise
    except BaseException:
        tracking.close("FAILED")
        raise
    tracking.close("FINISHED")
