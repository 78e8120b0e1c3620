"""Worksheets are the solutions without their blanks: with the blanks filled in again, they are those, and run."""

import ast
import runpy
from pathlib import Path

import pytest
import torch

from pipeline.core.errors import PipelineError
from pipeline.registry import exercises
from tests.exercises.conftest import what_is_read
from tests.exercises.made_up import MAKERS
from tools.worksheets import BLANK, SHEETS, filled, sheet_of, solutions, worksheet, written

SOLUTIONS = {name: path.read_text(encoding="utf-8") for name, path in solutions().items()}


def code(text):
    """What is in it beside comments and docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            del node.body[0]
    return ast.dump(tree)


def test_the_committed_ones_are_what_is_written():
    assert {file: file.read_text(encoding="utf-8") for file in SHEETS.glob("*/*.py")} == written()


@pytest.mark.parametrize("exercise", SOLUTIONS)
@pytest.mark.parametrize("language", BLANK)
def test_filled_in_it_is_the_solution(exercise, language):
    """Comments and words apart."""
    sheet = sheet_of(exercises()[exercise], language).read_text(encoding="utf-8")
    assert code(sheet) != code(SOLUTIONS[exercise])
    assert code(filled(sheet, SOLUTIONS[exercise])) == code(SOLUTIONS[exercise])


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_filled_in_it_runs(exercise, tmp_path, monkeypatch, capsys):
    """On made-up data, from the folder where a notebook runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").touch()
    for path in what_is_read(exercises()[exercise].stage):
        Path(path).mkdir(parents=True)
        MAKERS[path]()
    sheet = sheet_of(exercises()[exercise], "es")
    folder = tmp_path / sheet.relative_to(SHEETS.parent).parent
    folder.mkdir(parents=True)
    (folder / sheet.name).write_text(filled(sheet.read_text(encoding="utf-8"), SOLUTIONS[exercise]), encoding="utf-8")
    monkeypatch.chdir(folder)
    threads = torch.get_num_threads()
    runpy.run_path(sheet.name, run_name="__main__")
    torch.set_num_threads(threads)
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_each_language_has_words_of_its_own(exercise):
    spanish, english = (worksheet(SOLUTIONS[exercise], language).splitlines() for language in ("es", "en"))
    for one, other in ((spanish, english), (english, spanish)):
        own = [line for line in one if line.lstrip().startswith("#") and len(line.strip()) > 30 and line not in other]
        assert len(own) > 5
    assert not any(
        mark in line for line in spanish + english for mark in ("# es:", "# en:", "# blank", "# end", "lang=")
    )


def test_what_becomes_of_a_solution():
    solution = (
        '# %% [markdown] lang="es"\n# Hola\n# %% [markdown] lang="en"\n# Hello\n# %%\ndef f(x):\n'
        '    # es: """Suma uno."""\n    """Adds one."""\n    # blank\n'
        "    # es: Una pista.\n    # en: A hint.\n    return x + 1\n    # end\n"
    )
    assert worksheet(solution, "es") == (
        '# %% [markdown]\n# Hola\n# %%\ndef f(x):\n    """Suma uno."""\n    # Una pista.\n'
        '    raise NotImplementedError("hueco 1")\n'
    )
    assert '    """Adds one."""\n    # A hint.\n' in worksheet(solution, "en")
    assert filled(worksheet(solution, "es"), solution).endswith("    # Una pista.\n    return x + 1\n")


@pytest.mark.parametrize(
    ("solution", "message"),
    [("# blank\nx = 1\n", "not closed"), ("# end\n", "line 1"), ("# blank\n# blank\n# end\n", "line 2")],
)
def test_a_mark_without_its_counterpart_is_named(solution, message):
    with pytest.raises(PipelineError, match=message):
        worksheet(solution, "es")
