"""Perplexity of any cross-entropy."""

import math

import pytest

from pipeline.core.errors import PipelineError
from pipeline.scoring.next_token import perplexity_of


def test_perplexity():
    assert perplexity_of(math.log(20)) == pytest.approx(20)
    with pytest.raises(PipelineError, match="training diverged"):
        perplexity_of(1e5)
