"""Every training run in MLflow: an experiment an exercise, a parent run a variant, a child run a seed.

The seeds train in processes of their own and append a line an epoch to a progress file; this process follows those
files (curves.py). Tracking begins before training, and an unreachable store is an error then; nothing that befalls
the store later stops the training.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.corpora.store import PREPARED
from pipeline.errors import PipelineError
from pipeline.files import read_json
from pipeline.training.curves import Curves
from pipeline.training.log_model import log_model
from pipeline.training.loop import FALLING
from pipeline.training.provenance import LOCK, dataset_digests, file_md5, git_tags
from pipeline.training.store import Store, connect, reason, shown, warn

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput
    from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

SAMPLING = 2.0  # seconds between two samples of the system metrics

DESCRIPTIONS = {
    "parity": "Exercise 0: is the sum of a digit sequence odd? Trained on 1 to 10 digits, tested on up to 500.",
    "speech": "Exercise 9: which word is spoken? One to four bidirectional recurrent layers over cepstra.",
    "sentiment": "Exercise 3: is a film review positive or negative? LSTM against GRU, last state.",
    "embeddings": "Exercise 4: random, word2vec or GloVe vectors, trained or frozen?",
    "packing": "Exercise 6: one review at a time, padded, packed, bucketed. What does each cost?",
    "pooling": "Exercise 5: one vector from the states of all steps. Last, mean, maximum or learnt weights?",
    "tagging": "Exercise 10: named entities. One direction, both, and both with characters and a CRF.",
    "shared_mlp": "Exercise 1: handwritten digits, hidden layers that share their weights or have their own.",
    "next_value": "Exercise 2: next year's sunspots, hand-written networks against persistence and autoregressions.",
    "char_lm": "An LSTM of Shakespeare's characters: windows of 16 or 128, hidden size 128 or 256.",
    "word_lm": "Exercise 7: the next word, in batches of different lengths; state carried on or reset.",
    "translation": "Exercises 8 and 11: translation without attention, with Bahdanau's, with Luong's.",
}
NOTE = """Stage `{stage}`. To bring its state back: `git checkout {commit}`, then `dvc repro {stage}`, which takes
the files from DVC's cache where it has them; the artifact `dvc/dvc.lock` names the data that the run began from. To
find the run of a result: the tags `dvc.metrics`, `dvc.history` and `dvc.predictions` hold the MD5 that dvc.lock has
for those files."""


@contextmanager
def track(
    exercise: str,
    variant: str,
    parameters: Mapping[str, Any],
    seeds: Sequence[int],
    corpora: Sequence[str],
    progress: Mapping[int, Path],
) -> Iterator["Runs"]:
    """Open the runs of a variant, log its curves while the block trains, and close them with its outcome.

    Args:
        parameters: may be nested.
        corpora: the prepared corpora that are read; the first one's edition is the variant's.
        progress: for each seed the file to which its training appends a JSON line an epoch: epoch, wall_time
            (seconds since 1970), and the numbers to log.

    Raises:
        PipelineError: the store cannot be used; nothing has been trained then.
    """
    store = connect(exercise, DESCRIPTIONS[exercise])
    try:
        runs = _open(store, exercise, variant, parameters, seeds, corpora, progress)
    except PipelineError:
        raise
    except Exception as error:
        raise PipelineError(f"MLflow at {shown(store.uri)} takes no run: {reason(error)}; put it right there") from None
    try:
        yield runs
    except KeyboardInterrupt:
        runs.close("KILLED")
        raise
    except BaseException:
        runs.close("FAILED")
        raise
    runs.close("FINISHED")


def _open(
    store: Store,
    exercise: str,
    variant: str,
    parameters: Mapping[str, Any],
    seeds: Sequence[int],
    corpora: Sequence[str],
    progress: Mapping[int, Path],
) -> "Runs":
    """Create the runs with all that is known before training, and begin to watch it."""
    from mlflow.entities import Param
    from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

    client, experiment, uri = store
    stage = f"{exercise}@{variant}"
    values = {name: str(value) for name, value in flatten(parameters).items()}
    inputs, edition = _inputs(corpora)
    tags = {**git_tags(), "mlflow.source.name": f"dvc repro {stage}", "mlflow.source.type": "LOCAL"}
    tags |= {"dvc.stage": stage, "edition": edition}
    if "precision" in values:
        tags["precision"] = values["precision"]
    if LOCK.exists():
        tags["dvc.lock"] = file_md5(LOCK)
    note = NOTE.format(stage=stage, commit=tags.get("mlflow.source.git.commit", "COMMIT"))

    def create(name: str, own_tags: dict[str, str], own_values: dict[str, str]) -> str:
        run = client.create_run(experiment, run_name=name, tags=tags | own_tags).info.run_id
        client.log_batch(run, params=[Param(key, value) for key, value in (values | own_values).items()])
        client.log_inputs(run, inputs)
        return run

    parent = create(variant, {"mlflow.note.content": note}, {})
    children = {}
    for seed in seeds:
        own_tags = {"mlflow.parentRunId": parent, "seed": str(seed)}
        children[seed] = create(f"seed {seed}", own_tags, {"seed": str(seed)})
    if LOCK.exists():
        client.log_artifact(parent, str(LOCK), "dvc")
    monitor = SystemMetricsMonitor(parent, sampling_interval=SAMPLING, tracking_uri=uri)
    monitor.start()
    curves = Curves(client, children, progress, uri)
    curves.start()
    return Runs(client, exercise, variant, values, parent, children, curves, monitor)


def _inputs(corpora: Sequence[str]) -> tuple[list["DatasetInput"], str]:
    """The corpora as data set inputs, and the edition of the first."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    digests = dataset_digests(corpora)
    editions = {corpus: read_json(PREPARED / corpus / "meta.json")["edition"] for corpus in corpora}
    inputs = []
    for corpus, edition in editions.items():
        source = json.dumps({"uri": f"{PREPARED}/{corpus}", "edition": edition})
        dataset = Dataset(corpus, digests[corpus], "local", source, profile=json.dumps({"edition": edition}))
        tags = [InputTag("mlflow.data.context", "training"), InputTag("edition", edition)]
        inputs.append(DatasetInput(dataset, tags))
    return inputs, editions[corpora[0]]


@dataclass
class Runs:
    """A variant's parent run and its seeds' child runs."""

    client: "MlflowClient"
    exercise: str
    variant: str
    parameters: dict[str, str]
    parent: str  # run ids
    children: dict[int, str]  # by seed
    curves: Curves
    monitor: "SystemMetricsMonitor"
    complete: bool = True

    def finish(
        self, metrics: Path, history: Path, predictions: Path, models: Path, timing: Path, figures: Sequence[Path] = ()
    ) -> None:
        """Log the results: final metrics, files, and the model of the best seed. A failure is a warning."""
        try:
            self.curves.stop()
            self.curves.complete(history)
            results = read_json(metrics)
            self._log_results(results, read_json(timing))
            files = {"metrics": metrics, "history": history, "predictions": predictions}
            for name, path in files.items():
                self.client.set_tag(self.parent, f"dvc.{name}", file_md5(path))
            for name, path in [*files.items(), ("timing", timing), *(("figures", path) for path in figures)]:
                self.client.log_artifact(self.parent, str(path), name)
            best = best_seed(results)
            self.client.set_tag(self.parent, "best seed", str(best))
            log_model(self.client, self.parent, self.exercise, self.variant, models, best, predictions, self.parameters)
        except Exception as error:
            self._incomplete(error)

    def close(self, status: str) -> None:
        """End the runs as FINISHED, FAILED or KILLED. A failure is a warning."""
        try:
            self.monitor.finish()
            self.curves.stop()
            for run in (*self.children.values(), self.parent):
                self.client.set_terminated(run, status)
        except Exception as error:
            self._incomplete(error)

    def _log_results(self, results: Mapping[str, Any], timing: Mapping[str, Any]) -> None:
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

    def _incomplete(self, error: Exception) -> None:
        if self.complete:
            warn(f"the MLflow runs of {self.exercise}@{self.variant} are incomplete: {reason(error)}")
        self.complete = False


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested mapping as a flat one, its keys joined by dots."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


def best_seed(results: Mapping[str, Any]) -> int:
    """The seed with the best validation score in the variant's metric, or, lacking it, in loss."""
    metric = results["metric"]

    def score(result: Mapping[str, Any]) -> float:
        validation = result["validation"]
        name = metric if metric in validation else "loss"
        return -validation[name] if name in FALLING else validation[name]

    return max(results["seeds"], key=score)["seed"]
