"""Excerpts of the source, found by name: a page shows the very code that runs."""

import ast
import textwrap
from pathlib import Path

from pipeline.core.errors import PipelineError


def excerpt(path: str, names: list[str]) -> str:
    """The definitions of some names of a file as they stand there, without the indentation of their class.

    Args:
        path: of the file, from the project's root.
        names: `function`, `Class`, `Class.method`, or `Class.attribute`, which is the statement that sets it.

    Raises:
        PipelineError: the file is missing, or lacks a name.
    """
    try:
        source = (Path(__file__).parents[2] / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing, from which the report takes {', '.join(names)}") from None
    lines, tree, found = source.splitlines(), ast.parse(source), []
    for name in names:
        node: ast.AST | None = tree
        for part in name.split("."):
            node = next((item for item in ast.walk(node) if _defines(item, part)), None) if node else None
        if not isinstance(node, ast.stmt):
            raise PipelineError(
                f"{path} has no {name}, which the report shows: name another in the exercise's code.yaml"
            )
        first = min(item.lineno for item in (node, *getattr(node, "decorator_list", ())))
        found.append(textwrap.dedent("\n".join(lines[first - 1 : node.end_lineno])))
    return "\n\n".join(found)


def _defines(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name == name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(getattr(target, "id", getattr(target, "attr", "")) == name for target in targets)
