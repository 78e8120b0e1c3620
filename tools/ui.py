"""Print where MLflow's pages show each exercise, after bringing their descriptions up to date.

    python -m tools.ui 5000

`make ui` then starts the server on that port.
"""

import socket
import sys
from pathlib import Path

from pipeline.core.errors import PipelineError, run_stage
from pipeline.registry import exercises
from pipeline.tracking.overview import address, show_first
from pipeline.tracking.store import reason


def main() -> None:
    port = sys.argv[1]
    try:
        socket.create_server(("127.0.0.1", int(port))).close()
    except (OSError, ValueError, OverflowError):
        raise PipelineError(
            f"port {port} cannot be used, perhaps because another program does; name another: make ui PORT=5001"
        ) from None
    server = f"http://127.0.0.1:{port}"
    print(f"MLflow: {server} (Ctrl-C stops it)")
    store = Path("mlflow.db").absolute()
    recorded = recorded_in(f"sqlite:///{store}") if store.exists() else {}
    if recorded:
        print("Scores and learning curves of")
    for exercise, experiment in recorded.items():
        print(f"  {exercise:<12} {address(server, experiment)}")
    if not recorded:
        print("No run is recorded yet: train something, or run `make track` for results that are there")


def recorded_in(uri: str) -> dict[str, str]:
    """The exercises that this store has, in the order of the sheet, and their experiments; each is described anew.

    Raises:
        PipelineError: the store cannot be used.
    """
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    try:
        found = {experiment.name: experiment.experiment_id for experiment in client.search_experiments()}
    except Exception as error:
        raise PipelineError(f"MLflow cannot use {uri}: {reason(error)}; move mlflow.db away to begin anew") from None
    recorded = {exercise: found[exercise] for exercise in exercises() if exercise in found}
    for exercise, experiment in recorded.items():
        show_first(client, experiment, exercise)
    return recorded


if __name__ == "__main__":
    run_stage(main)
