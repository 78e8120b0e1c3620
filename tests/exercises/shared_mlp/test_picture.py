"""Pictures as the pixels that models were trained on."""

import io

import matplotlib.image
import numpy as np
import pytest

from pipeline.core.errors import PipelineError
from pipeline.exercises.shared_mlp.picture import pixels


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


@pytest.mark.parametrize(("ink", "paper"), [(0, "white"), (255, "black")])
def test_transparent_parts_are_paper_that_shows_the_ink(ink, paper, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    page = np.full((60, 40, 4), ink, np.uint8)  # what is not ink has its colour, unseen
    page[:, :, 3] = 0
    page[10:50, 15:22, 3] = 255
    seen = np.where(page[:, :, 3] > 0, ink, 255 - ink)
    np.testing.assert_allclose(pixels(picture(page), "x.png"), pixels(picture(seen), "x.png"), atol=1)
    assert f"x.png: transparent parts are taken as {paper} paper" in capsys.readouterr().err


def test_of_a_picture_without_transparent_parts_nothing_is_said(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    page = np.full((60, 40, 4), 255, np.uint8)
    page[10:50, 15:22, :3] = 0
    assert pixels(picture(page), "x.png").max() == 255 and capsys.readouterr().err == ""


def test_a_page_that_is_all_transparent_shows_nothing():
    with pytest.raises(PipelineError, match="shows nothing"):
        pixels(picture(np.zeros((60, 40, 4), np.uint8)), "x.png")
