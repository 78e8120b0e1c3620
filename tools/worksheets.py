"""Write worksheets/: a file for each exercise and language, from the solution in the exercise's folder.

    python -m tools.worksheets           write them
    python -m tools.worksheets --check   fail if they are not what would be written

`pipeline/exercises/NAME/worksheet/solution.py` is a notebook in the percent format: cells begin with `# %%`. It is
code that runs. What becomes of it in a worksheet:

    # %% [markdown] lang="es"    a cell that is in the Spanish worksheet alone
    # es: Una pista.             a comment there alone; the same with `en`. In three quotes it
                                 is the docstring there, in place of the one on the next line
    # blank ... # end            lines to be found by the student: only the comments among them are kept
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import write_text
from pipeline.declaration import Exercise
from pipeline.registry import FOLDER
from tools.closure import ROOT
from tools.declared import declared

SHEETS = ROOT / "worksheets"
BLANK = {"es": "hueco", "en": "blank"}  # an empty one raises NotImplementedError("blank 3"), as the checker knows
CELL = re.compile(r"# %%.*?(?: lang=\"(\w\w)\")?$")
WORDS = re.compile(r"( *)# (es|en): (.*)")
RAISED = re.compile(r" *raise NotImplementedError\(\"(?:hueco|blank) (\d+)\"\)")
LAST = {
    "es": """# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `{copy}`:
#
#     rnn check {number} {copy}
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro {data}
""",
    "en": """# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `{copy}`:
#
#     rnn check {number} {copy}
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro {data}
""",
}


def solutions() -> dict[str, Path]:
    """The solution of every exercise that has a worksheet."""
    return {name: path for name in declared() if (path := FOLDER / name / "worksheet/solution.py").exists()}


def sheet_of(exercise: Exercise, language: str) -> Path:
    """Where a worksheet is, such as worksheets/es/05_NAME.py; an exercise without a number comes last."""
    number = re.match(r"\d+", exercise.number)
    return SHEETS / language / (f"{int(number[0]):02d}_{exercise.name}.py" if number else f"{exercise.name}.py")


def worksheet(solution: str, language: str) -> str:
    """A solution with its blanks emptied, in a language.

    Raises:
        PipelineError: a blank is opened within another, is not closed, or is closed but not opened.
    """
    out, blank, count, shown, translated = [], False, 0, True, False
    for place, line in enumerate(solution.splitlines(), 1):
        if cell := CELL.fullmatch(line):
            shown = cell[1] in (None, language)
            line = line.replace(f' lang="{cell[1]}"', "")
        words, mark = WORDS.fullmatch(line), line.strip()
        if mark in ("# blank", "# end"):
            if blank != (mark == "# end"):
                raise PipelineError(f"line {place}: {mark!r} does not follow its counterpart")
            blank = not blank
            count += blank
            if not blank:
                indent = line[: len(line) - len(line.lstrip())]
                out.append(f'{indent}raise NotImplementedError("{BLANK[language]} {count}")')
        elif words:
            if shown and words[2] == language:
                translated = words[3].startswith('"""')
                out.append(words[1] + ("" if translated else "# ") + words[3])
        elif translated:
            translated = False
        elif shown and not blank:
            out.append(line)
    if blank:
        raise PipelineError("the last blank is not closed by `# end`")
    return "\n".join(out) + "\n"


def filled(sheet: str, solution: str) -> str:
    """A worksheet with the lines of the solution in its blanks."""
    blanks = list(lines_of_blanks(solution))
    lines = (
        blanks[int(empty[1]) - 1] if (empty := RAISED.fullmatch(line)) else line for line in sheet.splitlines()
    )  # fmt: skip
    return "\n".join(lines) + "\n"


def lines_of_blanks(solution: str) -> Iterator[str]:
    """What is in each blank of a solution, without the words for students."""
    for block in re.findall(r"^ *# blank\n(.*?)^ *# end$", solution, re.DOTALL | re.MULTILINE):
        yield "\n".join(line for line in block.splitlines() if not WORDS.fullmatch(line))


def written() -> dict[Path, str]:
    """Every worksheet and its text."""
    sheets = {}
    for name, path in solutions().items():
        for language in BLANK:
            exercise = declared()[name]
            file = sheet_of(exercise, language)
            asked = re.match(r"\d+", exercise.number)
            solution = path.read_text(encoding="utf-8")
            read = [corpus for corpus in exercise.stage.corpora if re.search(rf"[/\"]{corpus}[/\"]", solution)]
            data = " ".join(f"prepare@{corpus}" for corpus in read)
            last = LAST[language].format(number=asked[0] if asked else name, copy=f"my_{name}.py", data=data)
            try:
                sheets[file] = worksheet(solution, language) + "\n" + last
            except PipelineError as error:
                raise PipelineError(f"{path.relative_to(ROOT)}: {error}") from None
    return sheets


def main() -> None:
    sheets = written()
    there = set(SHEETS.glob("*/*.py"))
    if "--check" in sys.argv[1:]:
        old = {file for file, text in sheets.items() if file not in there or file.read_text(encoding="utf-8") != text}
        if wrong := sorted(str(file.relative_to(ROOT)) for file in old | (there - sheets.keys())):
            raise PipelineError(f"{', '.join(wrong)}: not what the solutions give; run `make worksheets` and commit it")
        return
    for file, text in sheets.items():
        write_text(file, text)
    for file in there - sheets.keys():
        file.unlink()


if __name__ == "__main__":
    run_stage(main)
