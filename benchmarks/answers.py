"""Seconds from the start of an `rnn` command to the end of its answer to one input, with the models as built."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import matplotlib.image
import numpy as np
import soundfile

from benchmarks.measure import FALLING, ROOT, Result, import_torch, interleaved, medians
from pipeline.core.errors import PipelineError

RNN = Path(sys.executable).with_name("rnn")
VERSE = "Y dijo Dios: Sea la luz: y fué la luz."
ASKED = {  # name -> a command, with files in {folder}
    "sentiment": ["sentiment", "A quiet film that stays with you long after it ends."],
    "tag": ["tag", "Germany beat England 2-1 at Wembley, said Franz Beckenbauer of Bayern Munich."],
    "translate": ["translate", VERSE],
    "translate_attention": ["translate", VERSE, "--attention", "{folder}/heat.png"],
    "generate": ["generate", "--seed", "ROMEO:", "--length", "160"],
    "next": ["next", "I pray"],
    "recognise": ["recognise", "{folder}/clip.wav"],
    "digit": ["digit", "{folder}/one.png"],
    "forecast": ["forecast"],
    "parity": ["parity", "3141592"],
}


def answers() -> Iterator[Result]:
    """Each command has answered once before (warm). For comparison: the time to import PyTorch alone."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        soundfile.write(folder / "clip.wav", 0.5 * np.sin(np.arange(4000) ** 1.5 / 200), 8000)
        page = np.ones((56, 56, 3))
        page[8:48, 26:30] = 0
        matplotlib.image.imsave(folder / "one.png", page)
        sides: dict[str, Callable[[], float]] = {command: partial(seconds, folder, command) for command in ASKED}
        for side in sides.values():
            side()
        found = medians(interleaved(sides | {"import_torch": import_torch}, repeats=5))
    for command in ASKED:
        taken = {f"{side}_s": found[side] for side in (command, "import_torch")}
        note = f"`rnn {ASKED[command][0]}`, from the process's start to its end, files in the page cache"
        yield Result(f"answers/{command}", found[command], "s", taken, 5, 2.0, FALLING, note)


def seconds(folder: Path, command: str) -> float:
    arguments = [argument.format(folder=folder) for argument in ASKED[command]]
    began = time.perf_counter()
    done = subprocess.run([RNN, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    took = time.perf_counter() - began
    if done.returncode:
        raise PipelineError(f"`rnn {arguments[0]}` failed: {(done.stderr.strip() or 'no output').splitlines()[-1]}")
    return took
