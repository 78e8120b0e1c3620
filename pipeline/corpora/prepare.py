"""Prepare a corpus: `python -m pipeline.corpora.prepare NAME` turns data/raw/NAME into data/prepared/NAME.

What is done to a corpus is told in its own module, pipeline/corpora/NAME.py.
"""

import argparse
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import replacing_directory, write_json
from pipeline.core.params import section
from pipeline.corpora.corpus import Corpus
from pipeline.corpora.prepared.tables import PREPARED
from pipeline.corpora.sources import raw

METRICS = Path("metrics/data")


def module_of(corpus: str) -> ModuleType:
    """The corpus' own module, with its `Settings` and its `prepare`. No other is imported: DVC tracks this one alone.

    Raises:
        PipelineError: there is no such corpus.
    """
    modules = {path.stem for path in Path(__file__).parent.glob("*.py")}
    module = import_module(f"pipeline.corpora.{corpus}") if corpus in modules else None
    if module is None or not hasattr(module, "Settings"):
        raise PipelineError(
            f"there is no corpus {corpus!r}: choose one of pipeline/corpora/sources.yaml, "
            f"or write pipeline/corpora/{corpus}.py"
        )
    return module


def prepare(corpus: str, settings: Corpus) -> None:
    """Write data/prepared/CORPUS, whole or not at all, and its statistics to metrics/data/CORPUS.json.

    Raises:
        PipelineError: nothing was fetched, or what was fetched is not what this edition should be.
    """
    source = raw.load(corpus, settings.edition)
    with replacing_directory(PREPARED / corpus) as out:
        statistics = module_of(corpus).prepare(source, settings, out)
    write_json(METRICS / f"{corpus}.json", source.identity | {"limit": settings.limit} | statistics)


def main() -> None:
    """Prepare the corpus named on the command line with its section of params.yaml."""
    parser = argparse.ArgumentParser(description="Prepare a fetched corpus for training.")
    parser.add_argument("corpus", metavar="NAME")
    corpus = parser.parse_args().corpus
    prepare(corpus, section(f"corpora.{corpus}", module_of(corpus).Settings))


if __name__ == "__main__":
    run_stage(main)
