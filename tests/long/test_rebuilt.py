"""The same bytes on one core or more, with one thread or two, in any place, language and time zone, by any Python.

OTHER_VENV=../other/.venv names an environment that was set up from the same lock with another Python.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core.files import read_json
from pipeline.corpora.catalogue import corpora
from tests.long.copies import HOOKS, change, duplicate, repro
from tools.verify import build, differences, recorded

# One variant of each exercise: what trains, reads and writes differently.
STAGES = (
    "sentiment@lstm", "embeddings@glove_gradual", "packing@packed", "pooling@attention", "tagging@bi_characters_crf",
    "translation@bahdanau", "word_lm@carried", "char_lm@t16_h128", "parity@bilstm", "speech@layers_3",
    "shared_mlp@shared", "next_value@gru", "prepare@series",
)  # fmt: skip
DATA = tuple(f"prepare@{corpus}" for corpus in corpora())
VARIATIONS = {
    "again": {},
    "one thread": {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "two threads": {"OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    "kernels of another processor": {"OPENBLAS_CORETYPE": "Haswell"},
    "elsewhere": {"PYTHONHASHSEED": "4321", "TZ": "Asia/Kathmandu"},
    "in Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},  # where the small I is another letter
    "ASCII": {"PYTHONHASHSEED": "1", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
ELSEWHEN = {"PYTHONPATH": str(HOOKS), "TEST_HOOKS": "backwards later"}
# Side by side, and (packing) one after the other.
TWO_SEEDS = ("parity@lstm", "packing@bucketed", "translation@luong", "char_lm@t16_h128", "shared_mlp@separate")


def python(code, folder, environment):
    """What another Python prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True)


@pytest.mark.parametrize("variation", VARIATIONS)
def test_the_same_bytes(built, tmp_path, monkeypatch, variation):
    environment = VARIATIONS[variation]
    if python("import locale; locale.setlocale(locale.LC_ALL, '')", tmp_path, environment).returncode != 0:
        pytest.skip(f"the locale {environment['LC_ALL']} is not installed: C would take its place")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert differing(built, tmp_path, *STAGES) == []


def test_the_hooks_are_at_work(tmp_path):
    for name in "cab":
        (tmp_path / name).touch()
    code = """if True:
        import os, time
        with os.scandir() as entries:
            print(os.listdir(), [entry.name for entry in entries], int(time.time() / 86400))
    """
    here, elsewhen = (python(code, tmp_path, changes).stdout for changes in ({}, ELSEWHEN))
    names, day = os.listdir(tmp_path), int(here.split()[-1])
    assert here == f"{names} {names} {day}\n"
    assert elsewhen in [f"{names[::-1]} {names[::-1]} {day + days}\n" for days in (400, 401)]


def test_the_same_bytes_on_another_disk_in_another_year(built, tmp_path, monkeypatch):
    """The whole graph, evaluation and figures included, with folders listed backwards and the clock set forward."""
    for name, value in ELSEWHEN.items():
        monkeypatch.setenv(name, value)
    assert differing(built, tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot keep a process to one core")
def test_the_same_bytes_on_one_core(built, tmp_path):
    """The seeds take turns on it, and whatever asks for the number of cores gets another answer."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        assert differing(built, tmp_path, *STAGES) == []
    finally:
        os.sched_setaffinity(0, cores)


def test_a_seed_alone_gives_the_same_bytes(built, tmp_path):
    """What a seed gives does not depend on which others train beside or before it."""
    alone = duplicate(built, tmp_path / "alone")
    change(alone, {"seeds": [2]})
    repro(alone, *TWO_SEEDS)
    for stage in TWO_SEEDS:
        name = stage.replace("@", "/")
        models = [path.name for path in (alone / "models" / name).glob("*.safetensors")]
        assert models == ["seed_2.safetensors"], stage
        weights, beside = (project / "models" / name / models[0] for project in (alone, built))
        assert weights.read_bytes() == beside.read_bytes(), stage
        scores, beside = (read_json(project / f"metrics/train/{name}.json")["seeds"] for project in (alone, built))
        assert scores == beside[1:], stage


@pytest.mark.skipif("OTHER_VENV" not in os.environ, reason="OTHER_VENV names no environment of another Python")
def test_the_same_bytes_by_another_python(built, tmp_path):
    assert differing(built, tmp_path, *STAGES, venv=Path(os.environ["OTHER_VENV"]).absolute()) == []


AVX2 = {  # as far as the libraries let themselves be told: PyTorch, oneDNN, MKL, OpenBLAS, NumPy
    "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL",
}  # fmt: skip


@pytest.mark.skipif("avx512" not in Path("/proc/cpuinfo").read_text(), reason="this processor has no AVX-512")
def test_fewer_instructions_change_no_data(tmp_path, monkeypatch):
    """Where the promise ends: another processor's kernels round otherwise, in training. They cannot touch the data."""
    build(tmp_path / "with", "quick", *DATA)
    for name, value in AVX2.items():
        monkeypatch.setenv(name, value)
    build(tmp_path / "without", "quick", *DATA)
    found, expected = recorded(tmp_path / "without"), recorded(tmp_path / "with")
    assert {stage.replace("prepare@", "data/prepared/") for stage in DATA} <= set(found)
    assert differences(expected, found) == []


def differing(built, tmp_path, *stages, **options):
    """Build stages (none: all) again; a line for each file and folder that is not as in `built`, but measured times."""
    build(tmp_path / "project", "quick", *stages, **options)
    found, expected = recorded(tmp_path / "project"), recorded(built)
    assert len(found) > 100
    if stages:
        expected = {path: md5 for path, md5 in expected.items() if path in found}
    else:
        assert "metrics/evaluation.json" in found
    return differences(expected, found)
