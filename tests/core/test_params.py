"""A stage reads its own section of params.yaml, and what all exercises share; another section's mistakes are not its.

tests/tools/test_check.py tries every value of every section.
"""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import PipelineError
from pipeline.core.params import Section, common, section
from pipeline.registry import exercises

SHIPPED = Path(__file__).parents[2] / "params.yaml"
VALUES = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
STAGES = {name: exercise.stage for name, exercise in exercises().items()}


def written(tmp_path, values):
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", STAGES)
def test_a_section_is_read_whole_and_alone(tmp_path, name):
    path = written(tmp_path, {name: VALUES[name], "parities": {"epochs": "many"}})
    assert section(name, STAGES[name].settings, path).model_dump() == VALUES[name]


@pytest.mark.parametrize("name", STAGES)
def test_a_mistake_in_a_section_names_its_key(tmp_path, name):
    for wrong, message in (({"epochs": 0}, "epochs"), ({"epohcs": 1}, "epohcs: unknown key")):
        path = written(tmp_path, {name: VALUES[name] | wrong})
        with pytest.raises(PipelineError, match=rf"params.yaml: {name}\.{message}[^\n]*$"):
            section(name, STAGES[name].settings, path)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"next_value": {"lags": 25}}, r"next_value: .*lags \(25\) must be at most window \(24\)"),
        ({"word_lm": {"cutoffs": [300, 300]}}, r"word_lm.cutoffs: .*must ascend"),
        ({"translation": {"hidden_size": 191}}, r"translation.hidden_size: .*multiple of 2"),
        ({"shared_mlp": {"hidden_layers": 1}}, r"shared_mlp.hidden_layers: .*greater than or equal to 2"),
        ({"tagging": {"linear": {"passes": 1}}}, r"tagging.linear.penalty: Field required"),
    ],
)
def test_what_only_one_exercise_demands(tmp_path, keys, message):
    ((name, wrong),) = keys.items()
    with pytest.raises(PipelineError, match=message):
        section(name, STAGES[name].settings, written(tmp_path, {name: VALUES[name] | wrong}))


@pytest.mark.parametrize("values", [{}, {"speech": None}, {"speech": [1]}, {"corpora": {}}, [1], None, 3], ids=str)
def test_a_section_that_is_not_there_is_one_line(tmp_path, values):
    path = written(tmp_path, values)
    for keys in ("speech", "corpora.imdb"):
        with pytest.raises(PipelineError, match=rf"params.yaml: {keys.split('.')[0]}[^\n]*$"):
            section(keys, STAGES["speech"].settings, path)


def test_what_all_share_is_read_without_the_rest(tmp_path):
    shared = {key: VALUES[key] for key in ("seeds", "more_seeds", "precision")}
    assert common(written(tmp_path, shared | {"speech": "loud"})).model_dump() == shared
    for wrong, message in (({"seeds": [3, 3]}, "seeds: .*must differ"), ({"precision": "fp8"}, "precision: ")):
        with pytest.raises(PipelineError, match=f"params.yaml: {message}"):
            common(written(tmp_path, shared | wrong))
    some = common(written(tmp_path, shared | {"seeds": [4, 2], "more_seeds": [1, 4]}))
    assert (some.seeds_of(False), some.seeds_of(True)) == ([4, 2], [4, 2, 1])
    incomplete = deepcopy(shared)
    del incomplete["seeds"]
    with pytest.raises(PipelineError, match="seeds: Field required"):
        common(written(tmp_path, incomplete))


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(PipelineError, match="params.yaml is missing: run this from the project's root"):
        common(tmp_path / "params.yaml")


@pytest.mark.parametrize("name", ["size", "nfiles"])
def test_a_parameter_that_the_run_cache_does_not_see_is_refused(name):
    with pytest.raises(TypeError, match="name it otherwise"):
        type("Mine", (Section,), {"__annotations__": {name: int}})


def test_the_run_cache_does_not_see_these_names_and_sees_others():
    """Asked of DVC itself: the names it leaves out of a run's key are those that are refused."""
    from dvc.stage.cache import _get_cache_hash

    def key(name, value):
        return _get_cache_hash({"cmd": "true", "params": {"params.yaml": {"section": {name: value}}}}, key=True)

    assert key("size", 1) == key("size", 2) and key("nfiles", 1) == key("nfiles", 2)
    assert key("dimensions", 1) != key("dimensions", 2)
