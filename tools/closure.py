"""The code that a stage depends on: the import closure of the module that it runs.

DVC does not follow Python imports, so the files of the closure are linked in a folder, `imports/STAGE`,
and the stage depends on that folder: one line in dvc.yaml and five in dvc.lock, in place of four for each file. By
these rules:

- Tracking changes no output: `pipeline.tracking`, and what only it imports, is no dependency of any stage. Nor is
  `pipeline/__init__.py`, which only handles Ctrl-C.
- Code that asks the registry for a part of every exercise (`part(name, "report")`) depends on that module of every
  exercise; with the reports, it also depends on the words beside them.
- The report shows pieces of the source, so it depends on the files that the exercises' code.yaml name.
- A module that imports a sibling by the name on its command line (`prepare`, the corpora) depends on what any of them
  imports, and on that sibling, as `a/${item.x}.py`, which dvc.yaml names.
- A stage that reads data computes something, so it also depends on the versions that can change a number.
"""

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import grimp
import yaml
from grimp.exceptions import SourceSyntaxError

from pipeline.core.errors import PipelineError

ROOT = Path(__file__).parents[1]
LINKS = "imports"
NUMERICS = "numerics.lock"  # the versions that can change a number
UNTRACED = "pipeline.tracking"
SILENT = "pipeline/__init__.py"
EXERCISES = "pipeline/exercises"
BESIDE = {"report": ("*.j2", "*.yaml", "train.py")}  # what a part of an exercise reads of its folder


def is_code(dep: str) -> bool:
    """Whether a dependency in dvc.yaml is one that is written here; data and templates are listed by hand."""
    return dep.endswith(".py") or dep == NUMERICS or dep.startswith(f"{LINKS}/")


class Imports:
    """Who imports what in the package, and in each exercise's folder, with or without a package.

    Raises:
        PipelineError: a module is not Python.
    """

    def __init__(self, without: str | None = UNTRACED) -> None:
        try:
            self.graph = grimp.build_graph("pipeline", exclude_type_checking_imports=True, cache_dir=None)
        except SourceSyntaxError as error:
            raise PipelineError(f"{os.path.relpath(error.filename, ROOT)} line {error.lineno} is not Python") from None
        if without in self.graph.modules:
            self.graph.squash_module(without)
            self.graph.remove_module(without)

    def of_command(self, command: str, matrix: Mapping[str, Sequence[str]]) -> tuple[set[str], str | None]:
        """The code that a stage with this command imports: files, and the sibling named on the command line."""
        match = re.search(r"-m ([\w.]+)(?: \$\{item\.(\w+)\})?", command)
        assert match is not None, command
        module, item = match.groups()
        self._require(module)
        if "import_module" not in source(module):
            return self.closure(module), None
        package = module.rpartition(".")[0]
        siblings = {path_of(f"{package}.{name}") for name in matrix[item]}
        files = set[str]().union(*(self.closure(f"{package}.{name}") for name in matrix[item]), self.closure(module))
        return files - siblings, f"{package.replace('.', '/')}/${{item.{item}}}.py"

    def closure(self, module: str) -> set[str]:
        """The package's files that running `module` reads; empty ones are left out.

        Raises:
            PipelineError: there is no such module.
        """
        self._require(module)
        modules, asked = set[str](), {module}
        while asked - modules:
            for name in asked - modules:
                modules |= {name} | self.graph.find_upstream_modules(name)
            parts = {part for name in modules for part in parts_asked(parsed(name))}
            asked = {f"{EXERCISES}/{name}/{part}".replace("/", ".") for name in folders() for part in parts}
            asked &= self.graph.modules
        files = {path_of(name) for name in modules}
        files |= {f"{folder}/__init__.py" for file in files for folder in Path(file).parents if folder != Path(".")}
        files = {file for file in files if file != SILENT and (ROOT / file).read_text(encoding="utf-8").strip()}
        for pattern in (pattern for part in parts for pattern in BESIDE.get(part, ())):
            files |= {path.relative_to(ROOT).as_posix() for path in (ROOT / EXERCISES).glob(f"*/{pattern}")}
        return files | (shown() if "report" in parts else set())

    def _require(self, module: str) -> None:
        if module not in self.graph.modules:
            file = f"{module.replace('.', '/')}.py"
            raise PipelineError(f"{file} is missing, which a stage runs: restore it, or remove the stage from dvc.yaml")


def parts_asked(module: ast.Module) -> Iterator[str]:
    """The modules of the exercises' folders that a module asks the registry for."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "part" and len(node.args) == 2:
            name = node.args[1]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value


def shown() -> set[str]:
    """The files of which the report shows pieces."""
    paths = (ROOT / EXERCISES).glob("*/code.yaml")
    return {piece["file"] for path in paths for piece in yaml.safe_load(path.read_text(encoding="utf-8")).values()}


def folders() -> list[str]:
    """The exercises' names."""
    return [path.parent.name for path in (ROOT / EXERCISES).glob("*/exercise.py")]


def path_of(module: str) -> str:
    """A module's file, from the project's root."""
    path = Path(*module.split("."))
    return f"{path}.py" if (ROOT / f"{path}.py").exists() else f"{path}/__init__.py"


@cache
def parsed(module: str) -> ast.Module:
    """A module's syntax tree.

    Raises:
        PipelineError: it is not Python.
    """
    try:
        return ast.parse(source(module))
    except SyntaxError as error:
        raise PipelineError(f"{path_of(module)} line {error.lineno} is not Python: {error.msg}") from None


@cache
def source(module: str) -> str:
    return (ROOT / path_of(module)).read_text(encoding="utf-8")
