"""The sections of params.yaml for corpora: every mistake is one line that names the key."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import PipelineError
from pipeline.core.params import section
from pipeline.corpora.catalogue import corpora
from pipeline.corpora.sources.fetch import Chosen

SHIPPED = Path(__file__).parents[2] / "params.yaml"
VALUES = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
FIELDS = [(corpus, key) for corpus, kind in corpora().items() for key in kind.model_fields]


def written(tmp_path, corpus, key, *value):
    """params.yaml with another value of a key, or without the key."""
    values = deepcopy(VALUES)
    del values["corpora"][corpus][key]
    if value:
        (values["corpora"][corpus][key],) = value
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def test_every_corpus_has_a_section_that_holds_just_what_is_read():
    assert set(VALUES["corpora"]) == set(corpora())
    for corpus, kind in corpora().items():
        assert section(f"corpora.{corpus}", kind, SHIPPED).model_dump() == VALUES["corpora"][corpus]


@pytest.mark.parametrize(("corpus", "key"), FIELDS)
def test_a_missing_or_wrong_value_names_its_key(tmp_path, corpus, key):
    name, kind = f"corpora.{corpus}", corpora()[corpus]
    with pytest.raises(PipelineError, match=rf"params.yaml: {name}.{key}: Field required"):
        section(name, kind, written(tmp_path, corpus, key))
    wrong = [1, True, [], "", {}, None] if key == "edition" else [True, 1.5, "1", [], {}, 0, -1, 2**31, float("nan")]
    for value in wrong + [None] * (key not in ("edition", "limit")):
        with pytest.raises(PipelineError, match=rf"params.yaml: {name}.{key}: [^\n]*$"):
            section(name, kind, written(tmp_path, corpus, key, value))


@pytest.mark.parametrize("corpus", corpora())
def test_an_unknown_key_is_named(tmp_path, corpus):
    values = deepcopy(VALUES)
    values["corpora"][corpus]["limits"] = 3
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    with pytest.raises(PipelineError, match=rf"corpora.{corpus}.limits: unknown key"):
        section(f"corpora.{corpus}", corpora()[corpus], tmp_path / "params.yaml")


def test_fetching_reads_the_edition_alone(tmp_path):
    assert section("corpora.imdb", Chosen, written(tmp_path, "imdb", "vocabulary", -1)).edition == "packaged"
    for value in ((), ("",), (3,), (None,)):  # () is no such key
        with pytest.raises(PipelineError, match=r"params.yaml: corpora.imdb.edition: [^\n]*$"):
            section("corpora.imdb", Chosen, written(tmp_path, "imdb", "edition", *value))
