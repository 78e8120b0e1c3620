"""Wrong solutions as students write them: each is caught, in a line that names what is seen and not what to write."""

from importlib import import_module
from pathlib import Path

import pytest

from pipeline.checking.checks import Wrong, title
from pipeline.checking.theirs import findings, load
from pipeline.registry import part
from tools.worksheets import lines_of_blanks, solutions

SOLUTIONS = {name: path.read_text(encoding="utf-8") for name, path in solutions().items()}
WRONG = {name: import_module(f"tests.exercises.{name}.wrong").WRONG for name in SOLUTIONS}
CASES = [(name, *wrong) for name, all_of_it in WRONG.items() for wrong in all_of_it]


def said(exercise: str, text: str, folder: Path) -> list[str]:
    """What the checks say is wrong."""
    file = folder / "my_solution.py"
    file.write_text(text, encoding="utf-8")
    checks = part(exercise, "worksheet.checks").CHECKS
    try:
        return [problem for problem in findings(checks, load(file), file) if problem]
    except Wrong as wrong:
        return [str(wrong)]


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_the_solution_is_right(exercise, tmp_path):
    assert said(exercise, SOLUTIONS[exercise], tmp_path) == []
    titles = [title(check) for check in part(exercise, "worksheet.checks").CHECKS]
    assert len(set(titles)) == len(titles) and all(len(one) < 100 for one in titles)


@pytest.mark.parametrize("exercise", SOLUTIONS)
def test_there_are_ten_wrong_solutions_at_least(exercise):
    assert len({wrong[0] for wrong in WRONG[exercise]}) >= 10


@pytest.mark.parametrize(
    ("exercise", "what", "right", "theirs", "seen"), CASES, ids=[f"{case[0]}: {case[1]}" for case in CASES]
)
def test_a_wrong_solution_is_caught(exercise, what, right, theirs, seen, tmp_path):
    solution = SOLUTIONS[exercise]
    assert solution.count(right) == 1, f"{what}: the solution has these lines {solution.count(right)} times"
    problems = said(exercise, solution.replace(right, theirs), tmp_path)
    titles = [f"{title(check)}: " for check in part(exercise, "worksheet.checks").CHECKS]  # they precede any error
    told = [problem.removeprefix(next(filter(problem.startswith, titles), "")) for problem in problems]
    assert seen and any(seen in one for one in told), problems
    answers = [line.strip() for block in lines_of_blanks(solution) for line in block.splitlines()]
    for problem in problems:
        assert "\n" not in problem
        assert not any(line in problem for line in answers if len(line) > 12)
