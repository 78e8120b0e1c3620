"""What `make repro` checks first."""

import shutil
from pathlib import Path

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.params import PARAMS
from tools.check import check

ROOT = Path(__file__).parents[2]


def test_an_edition_that_does_not_exist_is_found_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    assert check(PARAMS).seeds == [1, 2, 3]
    text = Path("params.yaml").read_text(encoding="utf-8")
    Path("params.yaml").write_text(
        text.replace("speech: {edition: packaged", "speech: {edition: packged"), encoding="utf-8"
    )
    with pytest.raises(
        PipelineError, match=r"^speech has no edition 'packged': set corpora.speech.edition .* to one of"
    ):
        check(PARAMS)
