"""What the training of a variant leaves behind: models, predictions, scores, learning curves, times."""

import csv
import io
import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors.numpy import save as to_bytes

from pipeline.core.files import replacing, replacing_directory, write_json, write_text
from pipeline.training.seeds import Outcome


def summarise(outcomes: Sequence[Outcome], origin: Mapping[str, Any]) -> dict[str, Any]:
    """The content of metrics/train/EXERCISE/VARIANT.json: no times, nothing about the machine."""
    seeds = [_record(outcome) for outcome in outcomes]
    return {
        **origin,
        "seeds": seeds,
        "mean": _over_seeds(seeds, statistics.fmean),
        "sd": _over_seeds(seeds, lambda values: statistics.stdev(values) if len(values) > 1 else None),
    }


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
        "test": outcome.tested.scores,
    }


def _over_seeds(seeds: list[dict[str, Any]], summary: Callable[[list[float]], float | None]) -> dict[str, Any]:
    """Summarise every scalar test metric over the seeds."""
    names = [name for name, value in seeds[0]["test"].items() if isinstance(value, int | float)]
    return {name: summary([record["test"][name] for record in seeds]) for name in names}


def times(outcomes: Sequence[Outcome], elapsed: float, device: torch.device) -> dict[str, Any]:
    """The content of metrics/timing/EXERCISE/VARIANT.json.

    `seconds` is the stage's last attempt by the clock on the wall, start-up and testing included. A seed's are by the
    device's clock (`device.clock_of`): `seconds` of training alone, `attempt_seconds` of all its last attempt.
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
                "attempt_seconds": outcome.seconds,
            }
            for outcome in outcomes
        ],
    }


def write_models(
    path: Path, outcomes: Sequence[Outcome], assets: Mapping[str, Any], description: Mapping[str, Any]
) -> None:
    """A safetensors file for each seed; beside them, what rebuilds the model and what the model needs to read text."""
    with replacing_directory(path) as directory:
        for outcome in outcomes:
            (directory / f"seed_{outcome.seed}.safetensors").write_bytes(to_bytes(outcome.state))
        for name, content in assets.items():
            write_json(directory / name, content)
        write_json(directory / "model.json", description)


def write_predictions(path: Path, outcomes: Sequence[Outcome], notes: Mapping[str, Any] | None) -> None:
    """A row for each seed and test example; the notes as JSON under the schema's metadata."""
    columns: dict[str, list[Any]] = {"seed": [], "example": []}
    for outcome in outcomes:
        rows = len(next(iter(outcome.tested.predictions.values())))
        columns["seed"] += [outcome.seed] * rows
        columns["example"] += range(rows)
        for name, values in outcome.tested.predictions.items():
            columns.setdefault(name, []).extend(values)
    table = pa.table(columns)
    for name in ("seed", "example"):
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.int32()))
    if notes:
        table = table.replace_schema_metadata({key: json.dumps(value) for key, value in notes.items()})
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def write_history(path: Path, outcomes: Sequence[Outcome]) -> None:
    """A row for each seed and epoch."""
    rows = [{"seed": outcome.seed, **row} for outcome in outcomes for row in outcome.fit.history]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())
