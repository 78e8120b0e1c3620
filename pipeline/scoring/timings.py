"""How long training takes, by exercise and variant. It is separate from the evaluation, because clocks never agree.

    python -m pipeline.scoring.timings

Reads metrics/timing/EXERCISE/VARIANT.json of every variant; writes metrics/timings.json.
"""

import math
import statistics
from pathlib import Path
from typing import Any

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import read_json, write_json
from pipeline.core.stage import Results
from pipeline.registry import exercises
from pipeline.scoring.metrics import AGAIN

TIMINGS = Path("metrics/timings.json")


def main() -> None:
    timings = {
        exercise.name: {variant: measure(Results.of(exercise.name, variant).timing) for variant in exercise.variants}
        for exercise in exercises().values()
    }
    write_json(TIMINGS, timings)
    for exercise, variants in timings.items():
        seconds = [row["seconds_per_epoch"] for row in variants.values()]
        print(f"{exercise}: {min(seconds):.2f} to {max(seconds):.2f} s an epoch")


def measure(path: Path) -> dict[str, Any]:
    """Seconds of an epoch and real tokens a second of one variant: medians over its seeds.

    Returns:
        {"device": "cpu" or "cuda", "seconds_per_epoch", "lowest_seconds" and "highest_seconds" of a seed,
        "tokens_per_second"}.

    Raises:
        PipelineError: the file is missing or lacks a number.
    """
    content = read_json(path)
    try:
        times = [(float(seed["seconds_per_epoch"]), float(seed["tokens_per_second"])) for seed in content["seeds"]]
        device = content["device"]
    except (KeyError, TypeError, ValueError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise PipelineError(f"{path} lacks the times of its seeds ({what}); {AGAIN}") from None
    if not times or not all(math.isfinite(value) for pair in times for value in pair):
        raise PipelineError(f"{path}: not every seed has a finite time; {AGAIN}")
    seconds, tokens = zip(*times, strict=True)
    return {
        "device": device,
        "seconds_per_epoch": statistics.median(seconds),
        "lowest_seconds": min(seconds),
        "highest_seconds": max(seconds),
        "tokens_per_second": statistics.median(tokens),
    }


if __name__ == "__main__":
    run_stage(main)
