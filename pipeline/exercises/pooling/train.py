"""Exercise 5: one state for the whole review. The last one, or the mean, sum, maximum or learnt weighted sum of all?

    python -m pipeline.exercises.pooling.train {last,mean,sum,max,attention}

The experiment is exercise 3's with one thing changed: how the states become one vector (layers/pooling.py).
"""

import sys
from pathlib import Path

from pipeline.core.errors import run_stage
from pipeline.core.params import load
from pipeline.exercises.sentiment.train import run_classifier
from pipeline.training.variant import pick


def main() -> None:
    params = load()
    pooling = pick(sys.argv, ("last", "mean", "sum", "max", "attention"))
    weights = Path(f"data/attention/pooling/{pooling}.json")
    run_classifier("pooling", pooling, params, params.pooling, params.pooling.cell, pooling, extra=weights)


if __name__ == "__main__":
    run_stage(main)
