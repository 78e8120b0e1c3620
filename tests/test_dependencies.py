"""Change a thing, and exactly the stages that depend on it would run: nothing more, nothing less."""

import re
import shutil
import subprocess
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

import pytest
from dvc.repo import Repo

from pipeline.registry import exercises
from tests.built import changed, copy_as_if_built
from tools.scaled import ROOT

TRAINING = "TRAINING"  # every stage that trains with seeds


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    copy = copy_as_if_built(tmp_path_factory.mktemp("dependencies") / "project")
    with Repo(str(copy)) as repo:
        yield repo


def expected(repo, patterns):
    stages = {stage.name: stage for stage in repo.index.stages}
    for pattern in set(patterns) - {TRAINING}:
        assert any(fnmatch(name, pattern) for name in stages), pattern
    return {
        name
        for name, stage in stages.items()
        if any(fnmatch(name, pattern) for pattern in patterns)
        or (TRAINING in patterns and any("seeds" in getattr(dep, "params", ()) for dep in stage.deps))
    }


def append(text):
    return lambda before: before + text


def replace(pattern, by):
    return lambda before: re.sub(pattern, by, before, count=1, flags=re.MULTILINE)


COMMENT = append("\n# a remark\n")
READ_DECLARATIONS = ["evaluate", "best", "timings", "report"]
CHANGES = [  # files, what is done to each of them, and the stages that would run
    ("params.yaml", replace("^seeds: .*", "seeds: [1, 2, 3, 4]"), [TRAINING, "report"]),
    ("params.yaml", replace(r"^speech:\n  epochs: \d+", "speech:\n  epochs: 77"), ["speech@*", "report"]),
    ("params.yaml", replace("seed: 1}", "seed: 2}"), ["word2vec", "embeddings@*", "report"]),
    ("params.yaml", replace(r"imdb: \{edition: packaged", "imdb: {edition: official"),
     ["fetch@imdb", "prepare@imdb", "report"]),
    ("params.yaml", replace(r"digits: \{edition: packaged, limit: null", "digits: {edition: packaged, limit: 5"),
     ["prepare@digits", "report"]),
    ("params.yaml", replace("confidence: .*", "confidence: 0.77"), ["evaluate", "report"]),
    ("params.yaml", COMMENT, []),
    ("pipeline/corpora/sources.yaml", replace("reader: tatoeba", "reader: bible"), ["fetch@translation"]),
    ("pipeline/corpora/imdb.py", COMMENT, ["prepare@imdb"]),
    ("pipeline/corpora/sources/archive.py", COMMENT, ["prepare@*"]),
    ("pipeline/corpora/sources/download.py", COMMENT, ["fetch@*"]),
    ("pipeline/layers/crf.py", COMMENT, ["tagging@*"]),
    ("pipeline/layers/attention.py", COMMENT, ["translation@*", "report"]),  # which shows a piece of it
    ("pipeline/training/loop.py", COMMENT, [TRAINING]),
    ("pipeline/__init__.py", COMMENT, []),
    ("pipeline/registry.py", COMMENT, READ_DECLARATIONS),
    ("pipeline/scoring/differences.py", COMMENT, ["evaluate", "report"]),
    ("pipeline/scoring/timings.py", COMMENT, ["timings"]),
    # What asks or tells, and computes nothing, trains nothing.
    ("pipeline/tracking/*.py", COMMENT, []),
    ("pipeline/answering/*.py", COMMENT, ["best"]),
    ("pipeline/cli/*.py", COMMENT, []),
    ("pipeline/exercises/*/answers.py", COMMENT, []),
    ("pipeline/exercises/*/command.py", COMMENT, []),
    ("pipeline/checking/*.py", COMMENT, []),
    ("pipeline/exercises/*/worksheet/*.py", COMMENT, []),
    ("pipeline/report/*.py", COMMENT, ["report"]),
    ("pipeline/report/templates/*", append("\n"), ["report"]),
    ("pipeline/exercises/speech/report.py", COMMENT, ["report"]),
    ("pipeline/exercises/pooling/e[ns].j2", append("More.\n"), ["report"]),
    ("pipeline/exercises/pooling/e[ns].yaml", COMMENT, ["report"]),
    # An exercise's comparisons are evaluated anew; its training and its variants train it anew.
    ("pipeline/exercises/speech/exercise.py", COMMENT, READ_DECLARATIONS),
    ("pipeline/exercises/speech/train.py", COMMENT, ["speech@*", "report"]),  # which shows the code
    ("pipeline/exercises/speech/stage.py", COMMENT, ["speech@*", *READ_DECLARATIONS]),
    # What exercises 3 to 6 share trains all of them.
    ("pipeline/exercises/reviews/task.py", COMMENT, ["sentiment@*", "embeddings@*", "pooling@*", "packing@*"]),
    ("numerics.lock", replace("^torch==.*", "torch==99.0"),
     [TRAINING, "prepare@*", "word2vec", "evaluate", "best", "timings", "report"]),
    ("requirements.lock", replace("^matplotlib==[^ ]+", "matplotlib==99.0"), []),
    ("scales/quick.yaml", COMMENT, []),
    ("README.md", COMMENT, []),
    ("Makefile", COMMENT, []),
]  # fmt: skip
BORROWERS = {"embeddings": ["word2vec"]}


@contextmanager
def edited(repo, pattern, change):
    files = {file: file.read_text(encoding="utf-8") for file in Path(repo.root_dir).glob(pattern) if file.is_file()}
    files = {file: before for file, before in files.items() if before or file.name != "__init__.py"}
    assert files and all(change(before) != before for before in files.values())
    try:
        for file, before in files.items():
            file.write_text(change(before), encoding="utf-8")
        yield
    finally:
        for file, before in files.items():
            file.write_text(before, encoding="utf-8")


def test_nothing_would_run(repo):
    assert changed(repo) == set()


@pytest.mark.parametrize(("pattern", "change", "stages"), CHANGES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CHANGES)])
def test_exactly_what_depends_on_it_would_run(repo, pattern, change, stages):
    with edited(repo, pattern, change):
        assert changed(repo) == expected(repo, stages)


@pytest.mark.parametrize("exercise", exercises())
def test_no_file_of_an_exercise_trains_another(repo, exercise):
    """But for those that borrow its training."""
    with edited(repo, f"pipeline/exercises/{exercise}/*.*", COMMENT):
        ours = [f"{exercise}@*", *BORROWERS.get(exercise, [])]
        assert changed(repo) == expected(repo, [*ours, *READ_DECLARATIONS])


@pytest.mark.parametrize(
    "path", ["pipeline/training/loop.py~", "pipeline/core/notes.txt", "pipeline/report/templates/.page.html.j2.swp",
             "imports/speech/pipeline/training/__pycache__/loop.cpython-311.pyc"]
)  # fmt: skip
def test_what_lies_beside_the_code_reruns_nothing(repo, path):
    file = Path(repo.root_dir, path)
    file.parent.mkdir(exist_ok=True)
    file.touch()
    try:
        assert changed(repo) == set()
    finally:
        file.unlink()


def test_lint_notices_a_pin_that_changes_numbers_and_is_not_in_the_graph(tmp_path):
    for name in ("Makefile", "requirements.lock", "numerics.lock"):
        shutil.copy(ROOT / name, tmp_path)
    check = ["make", "--no-print-directory", "check-numerics"]
    assert subprocess.run(check, cwd=tmp_path).returncode == 0
    lock = tmp_path / "requirements.lock"
    lock.write_text(re.sub(r"^numpy==\S+", "numpy==99.0", lock.read_text(), flags=re.MULTILINE))
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0 and "numerics.lock does not follow requirements.lock" in done.stderr
