"""Reviews are read as in training, and words have the weights of the states after them."""

import pytest
import torch

from pipeline.core.files import write_json
from pipeline.exercises.reviews.answers import clean, weights
from pipeline.models.classifier import Classifier


def test_reviews_are_cleaned_as_for_training():
    from pipeline.corpora import imdb

    for text in ("plain  text\n", "a <br /><br />b", "1 < 2 <i>so</i>", "caf\x85", ""):
        assert clean(text) == imdb.clean(text)


def test_each_word_that_is_read_has_its_weight(tmp_path):
    write_json(tmp_path / "vocabulary.json", ["<pad>", "<unk>", "a", "dull", "film", "."])
    torch.manual_seed(0)
    model = Classifier(6, 2, 4, 5, 1, False, "lstm", "attention", 0.0).eval()
    words, found = weights(model, {"max_length": 3}, tmp_path, "A truly dull film.")
    assert words == ["dull", "film", "."]  # the last three
    expected = model(torch.tensor([[3, 4, 5]]), torch.tensor([3]))[1][0].tolist()
    assert found.tolist() == pytest.approx(expected) and found.sum() == pytest.approx(1)
