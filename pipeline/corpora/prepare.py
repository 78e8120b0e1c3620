"""Prepare a corpus: `python -m pipeline.corpora.prepare NAME` turns data/raw/NAME into data/prepared/NAME.

What is done to a corpus is told in its own module, pipeline/corpora/NAME.py.
"""

import argparse
import importlib
from pathlib import Path

from pipeline.core import params
from pipeline.core.errors import run_stage
from pipeline.core.files import replacing_directory, write_json
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.corpora.sources import raw

METRICS = Path("metrics/data")


def prepare(corpus: str, config: params.Corpus) -> None:
    """Write data/prepared/CORPUS, whole or not at all, and its statistics to metrics/data/CORPUS.json.

    Raises:
        PipelineError: nothing was fetched, or what was fetched is not what this edition should be.
    """
    source = raw.load(corpus, config.edition)
    module = importlib.import_module(f"pipeline.corpora.{corpus}")  # only this corpus' module: DVC tracks it alone
    with replacing_directory(PREPARED / corpus) as out:
        statistics = module.prepare(source, config, out)
    write_json(METRICS / f"{corpus}.json", source.identity | {"limit": config.limit} | statistics)


def main() -> None:
    """Prepare the corpus named on the command line with its section of params.yaml."""
    parser = argparse.ArgumentParser(description="Prepare a fetched corpus for training.")
    parser.add_argument("corpus", choices=sorted(params.Corpora.model_fields))
    corpus = parser.parse_args().corpus
    prepare(corpus, getattr(params.load().corpora, corpus))


if __name__ == "__main__":
    run_stage(main)
