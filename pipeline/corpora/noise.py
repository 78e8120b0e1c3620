"""Noise for recordings of which only the cepstra are left.

Cepstra are a cosine transform of the logarithms of energies in bands of frequency. The way back leads to the energies,
smoothed because the cepstra are few; energies of independent sounds add up.
"""

import numpy as np
from torchaudio.functional import create_dct

MELS = 128  # bands; torchaudio's default


def with_noise(cepstra: np.ndarray, snr: float, seed: int) -> np.ndarray:
    """A recording with noise that is equally strong in every band, on average; from frame to frame it varies.

    Args:
        cepstra: (frames, n), a cosine transform of energies in dB.
        snr: ratio of the recording's energy to the noise's, in dB; infinite for none.
        seed: decides the noise.

    Returns:
        (frames, n) float32.
    """
    if np.isinf(snr):
        return cepstra
    basis = create_dct(cepstra.shape[1], MELS, "ortho").double().numpy()  # (bands, n)
    # einsum and not @: the same sums whichever kernels numpy's BLAS picks for the processor.
    energy = 10 ** (np.einsum("fn,bn->fb", cepstra.astype(np.float64), basis) / 10)  # (frames, bands)
    # The energy of Gaussian noise in a band is exponentially distributed.
    noise = np.random.default_rng(seed).exponential(energy.mean() * 10 ** (-snr / 10), energy.shape)
    return np.einsum("fb,bn->fn", 10 * np.log10(energy + noise), basis).astype(np.float32)
