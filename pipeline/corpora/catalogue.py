"""Which corpora there are: the entries of sources.yaml, each with its module."""

from pipeline.corpora.corpus import Corpus
from pipeline.corpora.prepare import module_of
from pipeline.corpora.sources import editions


def corpora() -> dict[str, type[Corpus]]:
    """Every corpus, in the order of sources.yaml, and the type of its section of params.yaml (corpora.NAME).

    Raises:
        PipelineError: an entry of sources.yaml has no module.
    """
    return {corpus: module_of(corpus).Settings for corpus in editions.load()}
