"""Recordings and pictures as the numbers that models were trained on."""

import io

import matplotlib.image
import numpy as np
import pytest
import soundfile

from pipeline.answering.texts import clean
from pipeline.corpora.audio import mfcc, read_wav
from pipeline.exercises.shared_mlp.picture import pixels
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


def test_other_editions_are_treated_as_they_were_prepared():
    data = wav(noise(16_000), 16_000)
    np.testing.assert_array_equal(cepstra(data, "x", "official"), mfcc(read_wav(data, "x")))


def picture(image, form="png"):
    data = io.BytesIO()
    matplotlib.image.imsave(data, image, format=form, cmap="gray", vmin=0, vmax=255)
    return data.getvalue()


def test_an_image_of_the_right_size_is_taken_as_it_is():
    image = np.zeros((28, 28))
    image[5:20, 9:12], image[20:23, 9:18] = 255, 100
    np.testing.assert_allclose(pixels(picture(image), "x"), image.reshape(-1), atol=1)
    np.testing.assert_allclose(pixels(picture(255 - image), "x"), image.reshape(-1), atol=1)


@pytest.mark.parametrize("form", ["png", "jpg"])
def test_ink_on_paper_is_scaled_into_20_pixels_and_centred(form):
    page = np.full((300, 200), 250.0)
    page[30:230, 90:110] = 10  # a one, 200 high
    image = pixels(picture(page, form), "x").reshape(28, 28)
    rows, columns = (np.flatnonzero((image > 50).any(axis=axis)) for axis in (1, 0))
    assert rows.tolist() == list(range(4, 24)) and columns.tolist() in ([13, 14], [12, 13, 14], [13, 14, 15])
    assert image.min() >= 0 and 240 <= image.max() <= 255
    flat = page.T[:, 20:240]
    assert pytest.approx(image, abs=5) == pixels(picture(flat, form), "x").reshape(28, 28).T


def test_reviews_are_cleaned_as_for_training():
    from pipeline.corpora import imdb

    for text in ("plain  text\n", "a <br /><br />b", "1 < 2 <i>so</i>", "caf\x85", ""):
        assert clean(text) == imdb.clean(text)
