"""What every corpus has: its section of params.yaml, and where its files are once fetched.

A corpus' own module says what its section holds: `Settings`, one of the types below or one made from it.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from pipeline.core.params import Positive, Section

RAW = Path("data/raw")
MANIFEST = "source.json"  # beside the fetched files: which edition they are

EditionName = Annotated[
    str, Field(min_length=1, description="a name under this corpus in pipeline/corpora/sources.yaml")
]


class Corpus(Section):
    """Where a corpus comes from, and how much of it to take."""

    edition: EditionName
    limit: Positive | None = Field(description="take at most so many examples in training (null: all)")


class TextCorpus(Corpus):
    """Text gains a vocabulary, counted on the training split."""

    vocabulary: Positive = Field(description="entries at most, special tokens included")
    min_frequency: Positive = Field(description="tokens that occur less often in training are unknown")
