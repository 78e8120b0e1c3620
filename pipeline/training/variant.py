"""One variant of an exercise: its seeds trained side by side, its outputs written, its runs tracked."""

import csv
import hashlib
import io
import json
import multiprocessing
import os
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors.torch import save_file
from torch import Tensor

from pipeline.corpora.store import PREPARED
from pipeline.errors import PipelineError
from pipeline.files import read_json, replacing, replacing_directory, write_json, write_text
from pipeline.params import Params
from pipeline.training.device import cores, pick_device, resolve_precision
from pipeline.training.loop import Fit, Job
from pipeline.training.tracking import track

CHECKPOINTS = Path(".cache/checkpoints")


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
    state: dict[str, Tensor] = field(default_factory=dict)


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
) -> list[Outcome]:
    """Train every seed and write models/, metrics/ and data/predictions/ of this variant.

    Args:
        metric: the test metric that speaks for the variant.
        params: all parameters; those of the exercise, the seeds and the precision are recorded.
        corpora: the prepared corpora that are read; the first one's edition is the variant's.
        train: trains one seed; it runs in a worker process.
        description: goes to model.json; `class` and `arguments` rebuild the model.
        assets: file name -> JSON content, beside the model (vocabularies), so that its directory stands alone.
        notes: stored with the predictions, as JSON under their Parquet schema's metadata.

    Returns:
        The outcomes in the order of the seeds.
    """
    device = pick_device()
    precision = resolve_precision(params.precision, device)
    edition = read_json(PREPARED / corpora[0] / "meta.json")["edition"]
    settings = {**getattr(params, exercise).model_dump(), "precision": precision}
    place = CHECKPOINTS / exercise / variant
    state = place / fingerprint(settings, corpora)
    jobs = []
    side_by_side = 1 if device.type == "cuda" else len(params.seeds)
    for seed in params.seeds:
        directory = state / f"seed_{seed}"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "progress.jsonl").unlink(missing_ok=True)
        jobs.append(Job(seed, directory, device, precision, max(1, cores() // side_by_side)))
    progress = {job.seed: job.directory / "progress.jsonl" for job in jobs}

    started = time.perf_counter()
    with track(exercise, variant, settings, params.seeds, corpora, progress) as runs:
        outcomes = joblib.Parallel(n_jobs=side_by_side)(joblib.delayed(_train)(train, job) for job in jobs)
        elapsed = time.perf_counter() - started
        seeds = [_record(outcome) for outcome in outcomes]
        name = f"{exercise}/{variant}"
        metrics, timing = Path(f"metrics/train/{name}.json"), Path(f"metrics/timing/{name}.json")
        history, predictions = Path(f"metrics/history/{name}.csv"), Path(f"data/predictions/{name}.parquet")
        models = Path(f"models/{name}")
        with replacing_directory(models) as directory:
            for outcome in outcomes:
                save_file(outcome.state, directory / f"seed_{outcome.seed}.safetensors")
            for asset, content in assets.items():
                write_json(directory / asset, content)
            write_json(
                directory / "model.json",
                {"exercise": exercise, "variant": variant, "edition": edition, "corpus": corpora[0], **description},
            )
        _write_predictions(predictions, outcomes, notes)
        _write_history(history, outcomes)
        summary = {
            "exercise": exercise,
            "variant": variant,
            "edition": edition,
            "metric": metric,
            "precision": precision,
            "seeds": seeds,
            "mean": _over_seeds(seeds, statistics.fmean),
            "sd": _over_seeds(seeds, lambda values: statistics.stdev(values) if len(values) > 1 else None),
        }
        write_json(metrics, summary)
        times = {
            "seconds": elapsed,
            "seeds": [
                {
                    "seed": o.seed,
                    "seconds": sum(o.fit.seconds),
                    "seconds_per_epoch": statistics.fmean(o.fit.seconds),
                    "tokens_per_second": o.fit.tokens_per_second,
                }
                for o in outcomes
            ],
        }
        write_json(timing, times)
        mean, sd = summary["mean"][metric], summary["sd"][metric]
        print(f"{name}: test {metric} {mean:.4f}" + ("" if sd is None else f" (sd {sd:.4f})") + f", {elapsed:.0f} s")
        runs.finish(metrics, history, predictions, models, timing)
    shutil.rmtree(place)
    return outcomes


def _train(train: Callable[[Job], Outcome], job: Job) -> Outcome:
    _end_with_parent()
    torch.set_flush_denormal(True)  # vanishing gradients become denormal numbers, which are many times slower
    torch.set_num_threads(job.threads)
    torch.manual_seed(job.seed)
    outcome = train(job)
    outcome.seed = job.seed
    outcome.parameters = sum(p.numel() for p in outcome.model.parameters())
    outcome.state = {name: value.contiguous().cpu() for name, value in outcome.model.state_dict().items()}
    del outcome.model  # the weights travel back to the parent, the module stays here
    return outcome


def _end_with_parent() -> None:
    """A worker whose parent was killed must not train on beside the next run."""
    if multiprocessing.parent_process() is None:  # the seed trains in the stage's own process
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def fingerprint(settings: dict[str, Any], corpora: Sequence[str]) -> str:
    """Sixteen hex digits of everything that determines a run: settings, code, data, versions."""
    total = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    files = sorted(Path(__file__).parents[1].rglob("*.py"))
    files += sorted(file for corpus in corpora for file in (PREPARED / corpus).iterdir())
    files += [Path("numerics.lock")]
    for file in files:
        total.update(f"\0{file.name}\0".encode())
        total.update(file.read_bytes())
    return total.hexdigest()[:16]


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
