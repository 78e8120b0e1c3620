"""Recordings as the cepstra that models were trained on."""

import io

import numpy as np
import pytest
import soundfile

from pipeline.core.errors import PipelineError
from pipeline.corpora.audio import mfcc, read_wav
from pipeline.exercises.speech.sound import cepstra


def wav(samples, rate):
    data = io.BytesIO()
    soundfile.write(data, samples, rate, format="WAV")
    return data.getvalue()


def noise(count):
    return np.random.default_rng(0).uniform(-0.5, 0.5, count)


@pytest.mark.parametrize(("samples", "frames"), [(1148, 6), (18262, 92)])
def test_the_shortest_and_the_longest_digit_have_the_frames_that_the_packaged_arrays_have(samples, frames):
    found = cepstra(wav(noise(samples), 8000), "x", "packaged")
    assert found.shape == (frames, 13) and found.dtype == np.float32


def test_quiet_before_and_after_a_word_makes_little_difference():
    word = noise(4000)
    quiet = [0.001 * noise(2000), 0.001 * noise(3000)]
    alone, within = (cepstra(wav(samples, 8000), "x", "packaged") for samples in (word, [*quiet[0], *word, *quiet[1]]))
    assert abs(len(alone) - len(within)) <= 1
    np.testing.assert_allclose(alone.mean(0), within[: len(alone)].mean(0), atol=12)


@pytest.mark.parametrize("edition", ["packaged", "official"])
def test_a_click_is_long_enough(edition):
    assert np.isfinite(cepstra(wav([0.5] * 8, 16_000), "x", edition)).all()


def test_samples_too_large_to_compute_with_are_one_error():
    data = io.BytesIO()
    soundfile.write(data, 1e37 * noise(8000), 8000, format="WAV", subtype="FLOAT")
    with pytest.raises(PipelineError, match="x holds samples up to 8e.36, and full scale is 1"):
        cepstra(data.getvalue(), "x", "packaged")


def test_other_editions_are_treated_as_they_were_prepared():
    data = wav(noise(16_000), 16_000)
    np.testing.assert_array_equal(cepstra(data, "x", "official"), mfcc(read_wav(data, "x")))
