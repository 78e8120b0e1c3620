"""Nothing knows an exercise by name but the exercise: a new one needs no line elsewhere, and one may be taken out."""

import ast
import re
from pathlib import Path

import pytest

from pipeline.corpora.catalogue import corpora
from pipeline.registry import exercises

PIPELINE = Path(__file__).parents[1] / "pipeline"
NAMES = set(exercises()) | {variant for exercise in exercises().values() for variant in exercise.stage.variants}
# Variants that are called by an ordinary word, or by one of numerical Python.
ORDINARY = {"last", "max", "mean", "none", "sum"}
# Variants that are called by what they are made of: kinds of cells, poolings, attentions and input.
KINDS = {"attention", "bahdanau", "gru", "lstm", "luong", "packed", "padded", "pooling", "rnn"}
COMMAND = {"rnn"}  # a kind of cell, and the project's command


def strings(code):
    """The string constants of a module, with those in f-strings and without docstrings: (line, text)."""
    tree = ast.parse(code)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def named(text, names):
    return [name for name in sorted(names) if re.search(rf"(?<![A-Za-z0-9_]){name}(?![A-Za-z0-9_])", text)]


def allowed(path):
    """What a module of the pipeline may name."""
    match path.parts[0]:
        case "corpora":  # that bear it: digits for parity are generated, speech is spoken words
            return ORDINARY | set(corpora())
        case "layers" | "models":
            return ORDINARY | KINDS
        case "answering" | "checking" | "cli":
            return ORDINARY | COMMAND
    return ORDINARY


def findings():
    for path in sorted(path.relative_to(PIPELINE) for path in PIPELINE.rglob("*.py")):
        if path.parts[0] != "exercises":
            for line, text in strings((PIPELINE / path).read_text(encoding="utf-8")):
                for name in named(text, NAMES):
                    yield path, line, name


def test_no_exercise_or_variant_is_named_outside_its_folder():
    found = [f"pipeline/{path}:{line}: {name}" for path, line, name in findings() if name not in allowed(path)]
    assert found == []


@pytest.mark.parametrize("name", sorted(ORDINARY | KINDS))
def test_every_exception_is_needed(name):
    assert name in NAMES
    assert any(found == name and name in allowed(path) for path, _, found in findings())


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("f('speech')", ["speech"]), ("x = f'models/{a}/layers_4'", ["layers_4"]), ("f({'a pooling': 1})", ["pooling"]),
        ('"""On speech."""\n\ndef f():\n    """For speech."""', []), ("'speechless', 'layers_44'", []),
    ],
)  # fmt: skip
def test_a_name_in_a_string_is_found(code, expected):
    assert [name for _, text in strings(code) for name in named(text, {"speech", "layers_4", "pooling"})] == expected
