"""Memory that an epoch's batches of prepared data take, of a corpus once, four and sixteen times over.

    python -m benchmarks.memory FILE    one epoch, in a process of its own; prints its anonymous memory

Anonymous memory is what the process itself holds; pages of a mapped file are the system's to take back.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.measure import FALLING, ROOT, Result, answer, child
from pipeline.corpora.batching import bucketed, pad
from pipeline.corpora.store import PREPARED, ragged, read_table, write_table
from pipeline.errors import PipelineError
from pipeline.params import load

TIMES = (1, 4, 16)


def peak_memory() -> Iterator[Result]:
    """Peak anonymous memory of the largest corpus over that of the smallest."""
    if sys.platform != "linux":
        raise PipelineError("anonymous memory is read from /proc, which only Linux has")
    table = read_table(ROOT / PREPARED / "imdb/train.arrow").select(["tokens"])
    peaks: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        for times in TIMES:
            file = Path(name) / f"{times}.arrow"
            write_table(file, {"tokens": pa.concat_tables([table] * times)["tokens"]})
            measured = answer(child(sys.executable, "-m", "benchmarks.memory", str(file)))
            peaks |= {f"{times}x_{kind}_mb": value for kind, value in measured.items()}
            file.unlink()
    value = peaks[f"{TIMES[-1]}x_peak_mb"] / peaks[f"{TIMES[0]}x_peak_mb"]
    note = f"IMDb's training reviews, {', '.join(f'{times}x' for times in TIMES)}; imports are in the peak"
    yield Result("peak_memory", value, "times", peaks, 1, 1.1, FALLING, note)


def anonymous() -> float:
    """Megabytes."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) / 1e3  # type: ignore[index]


def main() -> None:
    (file,) = sys.argv[1:]
    settings = load(ROOT / "params.yaml").sentiment
    imports = peak = anonymous()
    rows = ragged(read_table(Path(file)), "tokens")
    lengths = np.minimum(rows.lengths, settings.max_length)
    for number, batch in enumerate(bucketed(lengths, settings.batch_size, np.random.default_rng(1))):
        pad(rows, batch, settings.max_length)
        if number % 100 == 0:
            peak = max(peak, anonymous())
    print(json.dumps({"imports": imports, "peak": peak, "data_on_disk": Path(file).stat().st_size / 1e6}))


if __name__ == "__main__":
    main()
