"""One epoch of sentiment, all included, in a process of its own: reading, batching, training, validation, testing.

python -m benchmarks.epoch {ours,tutorial} {fp32,bf16}    in a folder that holds data/prepared/imdb

The clock starts when everything is imported.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import torch
import torch._dynamo  # noqa: F401  (else any optimizer imports it, on the clock)

from benchmarks.measure import ROOT
from benchmarks.tutorial import run
from pipeline.core.files import read_json
from pipeline.core.params import PARAMS, section
from pipeline.exercises.reviews.task import DATA
from pipeline.exercises.sentiment.stage import STAGE, Settings
from pipeline.exercises.sentiment.train import Sentiment, recipe
from pipeline.training.seeds import train_seed
from pipeline.training.task import Job


def main() -> None:
    side, precision = sys.argv[1:]
    settings = section(STAGE.name, Settings, ROOT / PARAMS).model_copy(update={"epochs": 1})
    torch.manual_seed(1)
    began = time.time()
    if side == "tutorial":
        run(DATA, len(read_json(DATA / "vocabulary.json")), settings, precision)
    else:
        with tempfile.TemporaryDirectory() as folder:
            train_seed(Sentiment, recipe("lstm", settings), Job(1, Path(folder), torch.device("cpu"), precision))
    print(json.dumps({"began": began, "ended": time.time()}))


if __name__ == "__main__":
    main()
