"""Sentiment: the end of a review is read, its start is cut; F1 and confusion are those of the predictions."""

import numpy as np
import torch
from sklearn.metrics import f1_score

from pipeline.corpora.prepared.tables import Ragged


def test_the_start_of_a_long_review_is_cut(make):
    task = make("sentiment", "lstm", max_length=3)
    task.model.eval()
    read = {}
    for name, reviews in {"whole": [[5, 6, 7, 8, 9], [4]], "end": [[7, 8, 9], [4]], "start": [[5, 6, 7], [4]]}.items():
        offsets = np.cumsum([0, *map(len, reviews)])
        task.reviews["test"] = Ragged(np.concatenate(reviews), offsets)
        with torch.inference_mode():
            read[name] = task.predict("test")
    np.testing.assert_array_equal(read["whole"], read["end"])
    assert not np.allclose(read["whole"][0], read["start"][0])
    assert np.allclose(read["whole"][1], read["start"][1])
    assert task.lengths["train"].max() == 3


def test_scores_are_those_of_the_predictions(make):
    task = make("sentiment", "gru", epochs=1)
    task.train()
    tested = task.test()
    label, guess = tested.predictions["label"], tested.predictions["prediction"]
    assert tested.scores["f1"] == f1_score(label, guess, zero_division=0)
    assert tested.scores["accuracy"] == (label == guess).mean()
    np.testing.assert_array_equal(guess, tested.predictions["probability"] > 0.5)


def test_a_variant_may_compute_in_its_own_precision(make):
    assert make("sentiment", "lstm_fp32").recipe.precision == "fp32"
    assert make("sentiment", "lstm").recipe.precision is None
