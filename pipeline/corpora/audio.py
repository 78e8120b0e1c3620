"""Sound to features: wav files by soundfile, mel-frequency cepstra by torchaudio."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from math import gcd

import numpy as np
import soundfile
import torch
from torchaudio.functional import compute_deltas, resample
from torchaudio.transforms import MFCC

from pipeline.core.errors import PipelineError

RATE = 16_000  # Hz
LEAST_RATE = 4000  # Hz; below, a recording holds no consonants
LARGEST_FILTER = 1_000_000  # coefficients to resample with; 11,025 Hz, the worst of the usual rates, needs 282,240
WINDOW, HOP = 400, 160  # samples: 25 ms every 10 ms
COEFFICIENTS, MELS = 13, 40


@contextmanager
def single_thread() -> Iterator[None]:
    """Run the block on one thread: a recording is so short that dividing the work costs more than it saves."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def read_wav(data: bytes, where: str) -> np.ndarray:
    """(samples,) float32 at 16 kHz: channels averaged, other rates resampled, at least one window long.

    Raises:
        PipelineError: the bytes are not a sound file, hold samples that are not numbers, or come at a rate too low
            for speech or so unlike any usual one that resampling would take gigabytes.
    """
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise PipelineError(f"{where} is not a sound file ({error.error_string}): remove or replace it") from None
    mono = samples.mean(axis=1)
    if not np.isfinite(mono).all():
        raise PipelineError(f"{where} holds samples that are not finite numbers: remove or replace it")
    common = gcd(rate, RATE)
    if rate < LEAST_RATE or rate // common * (RATE // common) > LARGEST_FILTER:
        raise PipelineError(f"{where} has {rate} samples a second: convert it to {RATE}")
    if rate != RATE:
        mono = resample(torch.from_numpy(mono), rate, RATE).numpy()
    return np.pad(mono, (0, max(WINDOW - len(mono), 0)))


def mfcc(samples: np.ndarray) -> np.ndarray:
    """Mel-frequency cepstral coefficients (Davis and Mermelstein, 1980), a frame every 10 ms.

    Args:
        samples: (samples,) float32 at 16 kHz, at least one window.

    Returns:
        (frames, 13) float32.
    """
    return transform()(torch.from_numpy(samples)).T.contiguous().numpy()


@lru_cache
def transform() -> MFCC:
    """The filter bank, made once."""
    return MFCC(RATE, COEFFICIENTS, melkwargs={"n_fft": WINDOW, "hop_length": HOP, "n_mels": MELS})


def with_deltas(features: np.ndarray) -> np.ndarray:
    """Append first and second differences in time (Furui, 1986): (frames, n) to (frames, 3n)."""
    static = torch.from_numpy(np.ascontiguousarray(features.T))  # (n, frames)
    first = compute_deltas(static)
    return torch.cat([static, first, compute_deltas(first)]).T.contiguous().numpy()
