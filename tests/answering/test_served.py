"""A served model stands in an environment of its own, in which there is what it requires and nothing else."""

import re
import sys
from importlib.metadata import packages_distributions

import grimp

from pipeline.registry import exercises
from pipeline.tracking.log_model import REQUIREMENTS

BY_MLFLOW = {"mlflow", "pandas", "scipy"}  # MLflow's server is there, and what it requires itself


def test_all_that_answers_import_is_required():
    graph = grimp.build_graph("pipeline", include_external_packages=True, exclude_type_checking_imports=True)
    answering = ["pipeline.answering.serving", "pipeline.answering.predict"]
    answering += [f"pipeline.exercises.{name}.answers" for name in exercises()]
    imported = set().union(*(graph.find_upstream_modules(module) for module in answering))
    packages = {name for name in imported if not name.startswith("pipeline")} - sys.stdlib_module_names
    provided = packages_distributions()
    allowed = {*REQUIREMENTS, *BY_MLFLOW}
    names = {package: {re.sub(r"[-_.]+", "-", name).lower() for name in provided[package]} for package in packages}
    assert {package for package, found in names.items() if not found & allowed} == set()
