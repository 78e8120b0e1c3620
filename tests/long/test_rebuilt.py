"""The same bytes on one core or more, with one thread or two, in any place, language and time zone, by any Python.

OTHER_VENV=../other/.venv names an environment that was set up from the same lock with another Python.
"""

import os
from pathlib import Path

import pytest

from tools.verify import build, differences, recorded

# One variant of each exercise: what trains, reads and writes differently.
STAGES = (
    "sentiment@lstm", "embeddings@glove_gradual", "packing@packed", "pooling@attention", "tagging@crf",
    "translation@bahdanau", "word_lm@carried", "char_lm@t16_h128", "parity@bilstm", "speech@layers_3",
    "shared_mlp@shared", "next_value@gru", "prepare@series",
)  # fmt: skip
VARIATIONS = {
    "again": {},
    "one thread": {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "two threads": {"OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    "elsewhere": {"PYTHONHASHSEED": "4321", "TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "ASCII": {"PYTHONHASHSEED": "1", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize("variation", VARIATIONS)
def test_the_same_bytes(built, tmp_path, monkeypatch, variation):
    for name, value in VARIATIONS[variation].items():
        monkeypatch.setenv(name, value)
    assert differing(built, tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot keep a process to one core")
def test_the_same_bytes_on_one_core(built, tmp_path):
    """Seeds that trained side by side train one after the other."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        assert differing(built, tmp_path) == []
    finally:
        os.sched_setaffinity(0, cores)


@pytest.mark.skipif("OTHER_VENV" not in os.environ, reason="OTHER_VENV names no environment of another Python")
def test_the_same_bytes_by_another_python(built, tmp_path):
    assert differing(built, tmp_path, venv=Path(os.environ["OTHER_VENV"]).absolute()) == []


AVX2 = {  # as far as the libraries let themselves be told: PyTorch, oneDNN, MKL, OpenBLAS, NumPy
    "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL",
}  # fmt: skip


@pytest.mark.skipif("avx512" not in Path("/proc/cpuinfo").read_text(), reason="this processor has no AVX-512")
def test_fewer_instructions_change_rounding_but_no_data(built, tmp_path, monkeypatch):
    """Where the promise ends: another processor's kernels add up in another order. What they cannot touch is text."""
    for name, value in AVX2.items():
        monkeypatch.setenv(name, value)
    paths = [line.split()[0] for line in differing(built, tmp_path)]
    print(f"\nwithout AVX-512, {len(paths)} files and folders differ:", *paths, sep="\n  ")
    assert not [path for path in paths if path.startswith(("data/raw", "data/prepared", "metrics/data"))]


def differing(built, tmp_path, **options):
    build(tmp_path / "project", "quick", *STAGES, **options)
    found = recorded(tmp_path / "project")
    assert len(found) > 100
    expected = recorded(built)
    return differences({path: expected[path] for path in found}, found)
