"""The same bytes on one core or more, with one thread or two, in any place, language and time zone."""

import os

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


def differing(built, tmp_path):
    build(tmp_path / "project", "quick", *STAGES)
    found = recorded(tmp_path / "project")
    assert len(found) > 100
    expected = recorded(built)
    return differences({path: expected[path] for path in found}, found)
