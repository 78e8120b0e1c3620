"""How memory is measured."""

import sys

import pytest

from benchmarks.memory import peak


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_peak_holds_what_one_call_took_and_gave_back():
    assert peak(sys.executable, "-c", "print('null')") < 50
    assert 100 < peak(sys.executable, "-c", "b'x' * 100_000_000; print('null')") < 150
