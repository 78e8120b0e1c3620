"""Memory that reading prepared data and an epoch's batches of it take, of a corpus once, four and sixteen times over.

    python -m benchmarks.memory [FILE]    one epoch's batches in a process of its own; without FILE, imports alone

Anonymous memory is what a process itself holds; pages of a mapped file are the system's to take back.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.measure import FALLING, ROOT, Result, answer, child, interleaved, medians
from pipeline.core.errors import PipelineError
from pipeline.core.params import PARAMS, section
from pipeline.corpora.prepared.batching import bucketed, pad
from pipeline.corpora.prepared.tables import PREPARED, flat, ragged, read_table, write_table
from pipeline.exercises.sentiment.stage import STAGE, Settings

TIMES, REPEATS = (1, 4, 16), 3
PAUSE = 0.002  # seconds between two looks at a process: what comes and goes in between is a few MB at most


def peak_memory() -> Iterator[Result]:
    """The peak on a corpus sixteen times over against that on it once, and its growth against that of the data."""
    if sys.platform != "linux":
        raise PipelineError("anonymous memory is read from /proc, which only Linux has")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        files = {times: Path(name) / f"{times}.arrow" for times in TIMES}
        for times, file in files.items():
            write_repeated(file, times)
        epoch = partial(peak, sys.executable, "-m", "benchmarks.memory")
        sides: dict[str, Callable[[], float]] = {"imports_peak_mb": epoch}
        sides |= {f"{times}x_peak_mb": partial(epoch, str(file)) for times, file in files.items()}
        found = medians(interleaved(sides, REPEATS))
        found |= {f"{times}x_data_mb": file.stat().st_size / 1e6 for times, file in files.items()}
    once, often = found[f"{TIMES[0]}x_peak_mb"], found[f"{TIMES[-1]}x_peak_mb"]
    added = found[f"{TIMES[-1]}x_data_mb"] - found[f"{TIMES[0]}x_data_mb"]
    note = (
        "anonymous memory, looked at from outside every few milliseconds while IMDb's training reviews and labels are "
        "read and batched for one epoch, without a model"
    )
    ratio = f"{note}; peak over peak, imports included in both"
    yield Result(
        f"peak_memory/{TIMES[-1]}x_over_{TIMES[0]}x", often / once, "times", found, REPEATS, 1.1, FALLING, ratio
    )
    share = f"{note}; growth of the peak over growth of the file"
    yield Result(
        "peak_memory/share_of_added_data", (often - once) / added, "of data", found, REPEATS, 0.1, FALLING, share
    )


def write_repeated(file: Path, times: int) -> None:
    table = read_table(ROOT / PREPARED / "imdb/train.arrow")
    repeated = pa.concat_tables([table] * times)
    write_table(file, {name: repeated[name] for name in ("tokens", "label")})


def peak(*command: str) -> float:
    """Megabytes of anonymous memory that a command held at most.

    Measured from outside: a thread inside would get its turn only between two calls, when what they held is gone.
    """
    process = child(*command)
    highest = 0.0
    while process.poll() is None:
        highest = max(highest, anonymous(process))
        time.sleep(PAUSE)
    answer(process)  # raises where it failed
    return highest


def anonymous(process: subprocess.Popen) -> float:
    """Megabytes; 0 for a process that has ended."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def main() -> None:
    """What sentiment does with its training split, but for the model."""
    for file in sys.argv[1:]:
        settings = section(STAGE.name, Settings, ROOT / PARAMS)
        table = read_table(Path(file))
        rows, labels = ragged(table, "tokens"), flat(table, "label").astype(np.int64)
        lengths = np.minimum(rows.lengths, settings.max_length)
        generator = np.random.default_rng(1)
        for batch in bucketed(lengths, settings.batch_size, generator, settings.batch_tokens):
            pad(rows, batch, settings.max_length)
            labels[batch]
    print("null")


if __name__ == "__main__":
    main()
