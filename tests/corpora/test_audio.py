"""Sound files of all kinds, and their features."""

import io

import numpy as np
import pytest
import soundfile

from pipeline.core.errors import PipelineError
from pipeline.corpora import audio


def wav(samples: np.ndarray, rate: int = 16_000, subtype: str = "PCM_16") -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, subtype, format="WAV")
    return buffer.getvalue()


def tone(rate: int = 16_000) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)


def test_stereo_is_averaged():
    left, right = tone(), np.zeros(16_000)
    mono = audio.read_wav(wav(np.stack([left, right], axis=1)), "x")
    np.testing.assert_allclose(mono, left / 2, atol=1e-4)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_other_rates_are_resampled(rate):
    samples = audio.read_wav(wav(tone(rate), rate), "x")
    assert len(samples) == 16_000
    np.testing.assert_allclose(samples[1000:-1000], tone()[1000:-1000], atol=0.01)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(1), np.zeros(16_000), np.ones(16_000)])
def test_empty_short_silent_and_clipped_sounds_have_finite_features(samples):
    features = audio.with_deltas(audio.mfcc(audio.read_wav(wav(samples), "x")))
    assert features.shape == (1 + max(len(samples), audio.WINDOW) // audio.HOP, 39)
    assert np.isfinite(features).all()


def test_what_is_not_sound_is_an_error():
    with pytest.raises(PipelineError, match=r"a/b\.wav is not a sound file"):
        audio.read_wav(b"RIFF nothing", "a/b.wav")
    with pytest.raises(PipelineError, match=r"a/b\.wav holds samples that are not finite"):
        audio.read_wav(wav(np.array([0.0, np.nan]), subtype="FLOAT"), "a/b.wav")
    with pytest.raises(PipelineError, match=r"a/b\.wav has 1 samples a second: convert it to 16000"):
        audio.read_wav(wav(np.zeros(1000), 1), "a/b.wav")
    with pytest.raises(PipelineError, match=r"a/b\.wav has 44101 samples a second: convert it to 16000"):
        audio.read_wav(wav(tone(), 44_101), "a/b.wav")


def test_deltas_of_a_ramp_are_its_slope():
    ramp = np.arange(20, dtype=np.float32)[:, None] * np.array([1, -3], dtype=np.float32)
    static, first, second = np.split(audio.with_deltas(ramp), 3, axis=1)
    np.testing.assert_array_equal(static, ramp)
    np.testing.assert_allclose(first[2:-2], np.tile([1.0, -3.0], (16, 1)), atol=1e-5)
    np.testing.assert_allclose(second[4:-4], 0, atol=1e-5)


def test_a_louder_sound_differs_in_the_first_coefficient_only():
    noise = np.random.default_rng(0).normal(size=8_000).astype(np.float32)
    difference = audio.mfcc(noise) - audio.mfcc(noise / 4)
    assert (difference[:, 0] > 10).all()
    np.testing.assert_allclose(difference[:, 1:], 0, atol=1e-2)
