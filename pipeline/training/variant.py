"""One variant of an exercise: its seeds trained side by side, its outputs written, its runs tracked."""

import csv
import io
import json
import multiprocessing
import os
import re
import shutil
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors.numpy import save as to_bytes

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json, replacing, replacing_directory, write_json, write_text
from pipeline.core.params import Params
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.tracking.runs import Results
from pipeline.tracking.track import track
from pipeline.training.device import cores, pick_device, resolve_precision
from pipeline.training.fingerprint import fingerprint
from pipeline.training.kept import CHECKPOINTS, alone, is_recorded, settle, sweep
from pipeline.training.loop import Fit, Job


@dataclass
class Outcome:
    """What one seed's training returns."""

    fit: Fit
    model: torch.nn.Module
    test: dict[str, Any]  # metrics
    predictions: dict[str, Any]  # column -> one value per test example
    extra: Any = None
    seed: int = 0
    parameters: int = 0
    state: dict[str, np.ndarray] = field(default_factory=dict)


def pick(arguments: list[str], variants: Sequence[str]) -> str:
    """The variant named on the command line.

    Raises:
        PipelineError: none or another is named.
    """
    if len(arguments) != 2 or arguments[1] not in variants:
        raise PipelineError(f"name one variant: {', '.join(variants)} (got {' '.join(arguments[1:]) or 'none'})")
    return arguments[1]


def run_variant(
    exercise: str,
    variant: str,
    *,
    metric: str,
    params: Params,
    corpora: Sequence[str],
    train: Callable[[Job], Outcome],
    description: dict[str, Any],
    assets: Mapping[str, Any],
    notes: dict[str, Any] | None = None,
    extra: Path | None = None,
    timed: bool = False,
    precision: str | None = None,
) -> None:
    """Train every seed and write models/, metrics/ and data/predictions/ of this variant.

    Args:
        metric: the test metric that speaks for the variant.
        params: all parameters; those of the exercise, the seeds and the precision are recorded.
        corpora: the prepared corpora that are read; the first one's edition is the variant's.
        train: trains one seed; it runs in a worker process.
        description: goes to model.json; `class` and `arguments` rebuild the model.
        assets: file name -> JSON content, beside the model (vocabularies), so that its directory stands alone.
        notes: stored with the predictions, as JSON under their Parquet schema's metadata.
        extra: where the first seed's `extra` goes, as JSON.
        timed: the seeds train one after the other, so that none slows another's clock.
        precision: of a model that computes in its own, whatever the parameters say.

    Raises:
        PipelineError: tracking is not to be had, training diverged, or a worker was ended by the system.
    """
    device = pick_device()
    precision = precision or resolve_precision(params.precision, device)
    own: dict[str, Any] = getattr(params, exercise).model_dump()
    settings = {**own, "precision": precision, "device": device.type}
    place = CHECKPOINTS / exercise / variant
    with alone(exercise, variant):  # a stage that outlived its `dvc repro` ends first
        if is_recorded(exercise, variant):  # its checkpoints would end this training before it began
            settle(exercise, variant)
        key = fingerprint(exercise, variant, settings, corpora)
        jobs = []
        for seed in params.seeds:
            directory = place / key / f"seed_{seed}"
            directory.mkdir(parents=True, exist_ok=True)
            (directory / "progress.jsonl").unlink(missing_ok=True)
            jobs.append(Job(seed, directory, device, precision))
        progress = {job.seed: job.directory / "progress.jsonl" for job in jobs}
        started = time.perf_counter()
        # On a CPU a process and one thread a seed: sums come out the same on any number of cores. A GPU is not shared.
        side_by_side = 0 if device.type == "cuda" else 1 if timed else min(len(jobs), cores() + 1)
        with (
            _training(train, jobs, side_by_side) as outcomes_of,
            track(exercise, variant, settings, params.seeds, corpora, progress, key) as tracking,
        ):
            sweep()
            try:
                outcomes = outcomes_of()
            except BrokenProcessPool:
                raise PipelineError(
                    f"{exercise}@{variant}: the system ended a training process, most likely for lack of memory; "
                    "free some, or lower batch_size, and run `dvc repro` again: it continues"
                ) from None
            origin = {
                "exercise": exercise,
                "variant": variant,
                "edition": read_json(PREPARED / corpora[0] / "meta.json")["edition"],
            }
            name, results = f"{exercise}/{variant}", Results.of(exercise, variant)
            about = {**origin, "corpus": corpora[0], "settings": own, **description}
            _write_models(results.models, outcomes, assets, about)
            if extra is not None:
                write_json(extra, outcomes[0].extra)
            _write_predictions(results.predictions, outcomes, notes)
            _write_history(results.history, outcomes)
            summary = _summarise(outcomes, {**origin, "metric": metric, "precision": precision})
            write_json(results.metrics, summary)
            write_json(results.timing, _times(outcomes, time.perf_counter() - started, device))
            _say(name, metric, summary, time.perf_counter() - started)
            tracking.finish(results)
        for other in place.iterdir():
            if other.name != key:
                shutil.rmtree(other)
        if "DVC_STAGE" not in os.environ:  # DVC did not start this process, and will not record what it wrote
            settle(exercise, variant)


@contextmanager
def _training(
    train: Callable[[Job], Outcome], jobs: Sequence[Job], side_by_side: int
) -> Iterator[Callable[[], list[Outcome]]]:
    """Train the seeds in processes of their own, or, if none may run beside this one, here; gives what waits for them.

    The processes train from now on, while this one opens the MLflow runs and follows the training: its threads would
    disturb a clock. On Linux they are forks of it, so that they need not import again what it has; it runs no thread
    yet, and those of the pools of torch and Arrow are idle.
    """
    if side_by_side == 0:
        yield lambda: [_train(train, job) for job in jobs]
        return
    import torch._dynamo  # noqa: F401  (a second that the optimizer would spend in every process)

    with ProcessPoolExecutor(side_by_side, initializer=_begin_worker) as pool:
        outcomes = [pool.submit(_train, train, job) for job in jobs]
        try:
            yield lambda: [outcome.result() for outcome in outcomes]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


def _begin_worker() -> None:
    """A worker ends with its parent: one whose parent was killed must not train on beside the next run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; it is the parent that says so
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        while os.getppid() == parent.pid:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _train(train: Callable[[Job], Outcome], job: Job) -> Outcome:
    try:
        return _seeded(train, job)
    except RuntimeError as error:  # of which an OutOfMemoryError is one
        if not re.search("out of memory|can't allocate memory|not enough memory|Invalid buffer size", str(error)):
            raise
        raise PipelineError(
            f"seed {job.seed}: memory is short ({str(error).splitlines()[0]}); lower batch_size or hidden_size"
        ) from None


def _seeded(train: Callable[[Job], Outcome], job: Job) -> Outcome:
    torch.set_flush_denormal(True)  # vanishing gradients become denormal numbers, which are many times slower
    torch.set_num_threads(1)
    torch.manual_seed(job.seed)
    outcome = train(job)
    outcome.seed = job.seed
    outcome.parameters = sum(p.numel() for p in outcome.model.parameters())
    # As arrays, for tensors would travel back through shared memory, of which containers have little.
    outcome.state = {name: value.cpu().numpy() for name, value in outcome.model.state_dict().items()}
    del outcome.model  # the weights travel back to the parent, the module stays here
    return outcome


def _summarise(outcomes: list[Outcome], origin: dict[str, Any]) -> dict[str, Any]:
    """The content of metrics/train/EXERCISE/VARIANT.json: no clock, no machine."""
    seeds = [_record(outcome) for outcome in outcomes]
    return {
        **origin,
        "seeds": seeds,
        "mean": _over_seeds(seeds, statistics.fmean),
        "sd": _over_seeds(seeds, lambda values: statistics.stdev(values) if len(values) > 1 else None),
    }


def _times(outcomes: list[Outcome], elapsed: float, device: torch.device) -> dict[str, Any]:
    """The content of metrics/timing/EXERCISE/VARIANT.json.

    `seconds` is the stage's last attempt, start-up and testing included; a seed's are those of training alone.
    """
    return {
        "device": device.type,
        "seconds": elapsed,
        "seeds": [
            {
                "seed": outcome.seed,
                "seconds": sum(outcome.fit.seconds),
                "seconds_per_epoch": statistics.fmean(outcome.fit.seconds),
                "tokens_per_second": outcome.fit.tokens_per_second,
            }
            for outcome in outcomes
        ],
    }


def _say(name: str, metric: str, summary: dict[str, Any], elapsed: float) -> None:
    mean, sd = summary["mean"][metric], summary["sd"][metric]
    print(f"{name}: test {metric} {mean:.4f}" + ("" if sd is None else f" (sd {sd:.4f})") + f", {elapsed:.0f} s")


def _record(outcome: Outcome) -> dict[str, Any]:
    return {
        "seed": outcome.seed,
        "parameters": outcome.parameters,
        "epochs": len(outcome.fit.history),
        "best_epoch": outcome.fit.best_epoch,
        "validation": {
            name.removeprefix("validation_"): value
            for name, value in outcome.fit.history[outcome.fit.best_epoch - 1].items()
            if name.startswith("validation_")
        },
        "test": outcome.test,
    }


def _over_seeds(seeds: list[dict[str, Any]], summary: Callable[[list[float]], float | None]) -> dict[str, Any]:
    """Summarise every scalar test metric over the seeds."""
    names = [name for name, value in seeds[0]["test"].items() if isinstance(value, int | float)]
    return {name: summary([record["test"][name] for record in seeds]) for name in names}


def _write_models(path: Path, outcomes: list[Outcome], assets: Mapping[str, Any], description: dict[str, Any]) -> None:
    with replacing_directory(path) as directory:
        for outcome in outcomes:
            (directory / f"seed_{outcome.seed}.safetensors").write_bytes(to_bytes(outcome.state))
        for name, content in assets.items():
            write_json(directory / name, content)
        write_json(directory / "model.json", description)


def _write_predictions(path: Path, outcomes: list[Outcome], notes: dict[str, Any] | None) -> None:
    columns: dict[str, list[Any]] = {"seed": [], "example": []}
    for outcome in outcomes:
        rows = len(next(iter(outcome.predictions.values())))
        columns["seed"] += [outcome.seed] * rows
        columns["example"] += range(rows)
        for name, values in outcome.predictions.items():
            columns.setdefault(name, []).extend(values)
    table = pa.table(columns)
    for name in ("seed", "example"):
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.int32()))
    if notes:
        table = table.replace_schema_metadata({key: json.dumps(value) for key, value in notes.items()})
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def _write_history(path: Path, outcomes: list[Outcome]) -> None:
    rows = [{"seed": outcome.seed, **row} for outcome in outcomes for row in outcome.fit.history]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())
