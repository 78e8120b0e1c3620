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
from pipeline.core.params import PARAMS, load
from pipeline.exercises.sentiment.train import CLASSES, DATA, train_classifier
from pipeline.training.loop import Job


def main() -> None:
    side, precision = sys.argv[1:]
    settings = load(ROOT / PARAMS).sentiment.model_copy(update={"epochs": 1})
    torch.manual_seed(1)
    began = time.time()
    vocabulary = len(read_json(DATA / "vocabulary.json"))
    if side == "tutorial":
        run(DATA, vocabulary, settings, precision)
    else:
        torch.set_flush_denormal(True)  # as the pipeline does for every seed
        torch.set_num_threads(1)
        names = ("embedding_size", "hidden_size", "layers", "bidirectional", "pooling", "dropout")
        arguments = {"vocabulary": vocabulary, "classes": CLASSES, "cell": "lstm"}
        arguments |= {name: getattr(settings, name) for name in names}
        with tempfile.TemporaryDirectory() as folder:
            train_classifier(Job(1, Path(folder), torch.device("cpu"), precision), settings, arguments)
    print(json.dumps({"began": began, "ended": time.time()}))


if __name__ == "__main__":
    main()
