"""How memory is measured."""

import sys

import pytest

from benchmarks.memory import peak


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_peak_holds_what_one_call_took_and_gave_back():
    assert peak(sys.executable, "-c", "print('null')") < 50
    held = "import time; x = b'x' * 10**8; time.sleep(0.2); del x; print('null')"
    assert 100 < peak(sys.executable, "-c", held) < 150
