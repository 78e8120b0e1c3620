"""An epoch of sentiment, all included: the pipeline against a straight tutorial, in PyTorch and in Keras."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path

import torch

from benchmarks.measure import ROOT, Result, answer, child, interleaved, medians
from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.core.params import PARAMS, section
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, read_table, write_table
from pipeline.exercises.sentiment.stage import STAGE, Settings
from pipeline.training.device import resolve_precision

SHARE = 0.2  # of every split for Keras, to save time: what does not grow with the reviews then weighs more
SEEDS = 3


def end_to_end_vs_tutorial() -> Iterator[Result]:
    """One seed on one thread against the tutorial with torch's threads; three side by side against three tutorials.

    `fp32` has both sides in fp32, `best` has either side in whichever precision it is faster in. Three tutorials
    are three times its median.
    """
    precisions = sorted({"fp32", resolve_precision("auto", torch.device("cpu"))})
    sides: dict[str, Callable[[], float]] = {}
    for precision in precisions:
        sides[f"tutorial_{precision}_s"] = partial(epoch, "tutorial", precision, ROOT)
        sides[f"one_seed_{precision}_s"] = partial(epoch, "ours", precision, ROOT)
        sides[f"{SEEDS}_seeds_{precision}_s"] = partial(epoch, "ours", precision, ROOT, SEEDS)
    seconds = medians(interleaved(sides, repeats=3))
    for (name, times), (kind, allowed) in product(
        (("one_seed", 1), (f"{SEEDS}_seeds", SEEDS)), (("best", precisions), ("fp32", ["fp32"]))
    ):
        ours, theirs = (
            min((f"{side}_{precision}_s" for precision in allowed), key=seconds.__getitem__)
            for side in (name, "tutorial")
        )
        note = f"{times} x {theirs} over {ours}; one epoch of all reviews, validation and test included, imports not"
        value = times * seconds[theirs] / seconds[ours]
        yield Result(f"end_to_end_vs_tutorial/{name}/{kind}", value, "times", seconds, 3, 4.0, note=note)


def against_keras() -> Iterator[Result]:
    """One seed with its one thread, in its default precision and in fp32, against Keras in fp32.

    KERAS_PYTHON names a Python that has Keras and PyArrow; otherwise this one is tried.
    """
    python = os.environ.get("KERAS_PYTHON", sys.executable)
    backend = keras_backend(python)
    precision = resolve_precision("auto", torch.device("cpu"))
    settings = section(STAGE.name, Settings, ROOT / PARAMS).model_dump()
    settings["vocabulary"] = len(read_json(ROOT / PREPARED / "imdb/vocabulary.json"))
    with small_imdb(SHARE) as folder:
        script = [python, str(ROOT / "benchmarks/keras_tutorial.py"), json.dumps(settings)]
        sides: dict[str, Callable[[], float]] = {"keras": partial(wall, script, folder)}
        for kind in sorted({"fp32", precision}):
            sides[f"ours_{kind}"] = partial(epoch, "ours", kind, folder)
        seconds = {f"{name}_s": value for name, value in medians(interleaved(sides, repeats=3)).items()}
    note = (
        f"{backend} backend, traced and compiled beforehand; {SHARE:.0%} of the reviews of every split; one epoch, "
        "validation and test included, imports not; Keras in fp32, ours in "
    )
    for name, kind in (("default_precision", precision), ("fp32", "fp32")):
        value = seconds["keras_s"] / seconds[f"ours_{kind}_s"]
        yield Result(f"against_keras/{name}", value, "times", seconds, 3, note=note + kind)


def keras_backend(python: str) -> str:
    """The backend that Keras reports; the environment and ~/.keras/keras.json decide it.

    Raises:
        PipelineError: Keras or PyArrow cannot be imported there.
    """
    try:
        return answer(child(python, "-c", "import json, keras, pyarrow; print(json.dumps(keras.backend.backend()))"))
    except (OSError, PipelineError) as error:
        raise PipelineError(f"set KERAS_PYTHON to a Python that has Keras and PyArrow: {error}") from None


@contextmanager
def small_imdb(share: float) -> Iterator[Path]:
    """A folder whose data/prepared/imdb holds the first reviews of every split; they lie in no order."""
    source = ROOT / PREPARED / "imdb"
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / PREPARED / "imdb"
        data.mkdir(parents=True)
        for split in SPLITS:
            table = read_table(source / f"{split}.arrow")
            part = table.slice(0, int(share * len(table)))
            write_table(data / f"{split}.arrow", {name: part[name] for name in part.column_names})
        for file in ("vocabulary.json", "meta.json"):
            (data / file).write_bytes((source / file).read_bytes())
        yield Path(name)


def epoch(side: str, precision: str, folder: Path, count: int = 1) -> float:
    """Seconds that `count` epochs of a side take, side by side."""
    return wall([sys.executable, "-m", "benchmarks.epoch", side, precision], folder, count)


def wall(command: list[str], folder: Path, count: int = 1) -> float:
    """Seconds from the first one's beginning to the last one's end of `count` processes side by side."""
    processes = [child(*command, cwd=folder) for _ in range(count)]
    times = [answer(process) for process in processes]
    return max(time["ended"] for time in times) - min(time["began"] for time in times)
