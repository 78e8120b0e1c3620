"""A served model stands in an environment of its own, in which there is what it requires and nothing else."""

import re
import sys
from importlib.metadata import packages_distributions
from types import SimpleNamespace

import grimp
import pytest

from pipeline.core.errors import PipelineError
from pipeline.registry import exercises, part
from pipeline.tracking.log_model import REQUIREMENTS, pinned, requirements

BY_MLFLOW = {"mlflow", "pandas", "scipy"}  # MLflow's server is there, and what it requires itself
COUNTING = "pipeline.corpora.prepared.vocabulary"  # imports torchtext where it counts, which no answer does


@pytest.fixture(scope="module")
def graph():
    graph = grimp.build_graph("pipeline", include_external_packages=True, exclude_type_checking_imports=True)
    graph.remove_import(importer=COUNTING, imported="torchtext")  # tests/cli/test_commands.py answers without it
    return graph


@pytest.fixture(scope="module")
def provided():
    """Module -> the packages that it is in."""
    return {
        name: {re.sub(r"[-_.]+", "-", package).lower() for package in packages}
        for name, packages in packages_distributions().items()
    }


@pytest.mark.parametrize("exercise", exercises())
def test_all_that_answers_import_is_required(graph, provided, exercise):
    answering = ["pipeline.answering.serving", "pipeline.answering.predict", f"pipeline.exercises.{exercise}.answers"]
    imported = set().union(*(graph.find_upstream_modules(module) for module in answering))
    others = {name for name in imported if not name.startswith("pipeline")} - sys.stdlib_module_names
    allowed = {*requirements(part(exercise, "answers")), *BY_MLFLOW}
    assert {name for name in others if not provided[name] & allowed} == set()


def test_what_an_exercise_requires_besides_is_pinned_beside_the_rest(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("".join(f"{name}==1.2\n" for name in (*REQUIREMENTS, "music21", "other")))
    every, mine = SimpleNamespace(), SimpleNamespace(REQUIREMENTS=("music21", "torch"))
    assert pinned(lock, requirements(every)) == [f"{name}==1.2" for name in REQUIREMENTS]
    assert pinned(lock, requirements(mine)) == [f"{name}==1.2" for name in (*REQUIREMENTS, "music21")]
    lock.write_text(lock.read_text().replace("music21", "music"))
    with pytest.raises(PipelineError, match="requirements.lock pins no music21: see that pyproject.toml has it"):
        pinned(lock, requirements(mine))
