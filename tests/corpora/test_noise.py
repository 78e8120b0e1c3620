"""Noise that is added to cepstra."""

import numpy as np
import pytest
from torchaudio.functional import create_dct

from pipeline.corpora.noise import MELS, with_noise


def energies(cepstra):
    return 10 ** (cepstra @ create_dct(cepstra.shape[1], MELS, "ortho").double().numpy().T / 10)


@pytest.mark.parametrize("snr", [10.0, 0.0, -10.0])
def test_noise_is_as_strong_as_it_should_be(snr):
    cepstra = np.random.default_rng(0).normal(size=(300, MELS))  # as many as there are bands: nothing is lost
    clean, noisy = energies(cepstra), energies(with_noise(cepstra, snr, 1))
    assert (noisy - clean).mean() == pytest.approx(clean.mean() * 10 ** (-snr / 10), rel=0.03)
    assert (noisy - clean).std() == pytest.approx((noisy - clean).mean(), rel=0.03)  # exponentially distributed


def test_the_seed_decides_the_noise():
    cepstra = np.random.default_rng(0).normal(size=(5, 13)).astype(np.float32)
    first = with_noise(cepstra, 0.0, 1)
    assert first.dtype == np.float32 and np.array_equal(first, with_noise(cepstra, 0.0, 1))
    assert not np.allclose(first, with_noise(cepstra, 0.0, 2))
    assert with_noise(cepstra, float("inf"), 1) is cepstra
