"""Sentiment: the end of a review is read, its start is cut; F1 and confusion are those of the predictions."""

import numpy as np
import torch
from sklearn.metrics import f1_score

from pipeline.corpora.prepared.tables import Ragged
from pipeline.exercises.sentiment import linear


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


def test_the_cells_are_compared_in_one_precision(make):
    assert {make("sentiment", variant).recipe.precision for variant in ("lstm", "gru", "lstm_forget_0")} == {"fp32"}


def test_the_forget_gate_begins_as_its_variant_says(make):
    for variant, bias in {"lstm": 1.0, "lstm_forget_0": 0.0}.items():
        task = make("sentiment", variant, hidden_size=3)
        network = task.model.recurrent
        assert (network.bias_ih_l0 + network.bias_hh_l0)[3:6].tolist() == [bias] * 3
        assert task.recipe.arguments["forget_bias"] == bias


def test_the_linear_model_reads_what_the_networks_read_or_whole_reviews(make):
    ends, whole = make("sentiment", "linear", max_length=3), make("sentiment", "linear_whole", max_length=3)
    ends.train()
    whole.train()
    reviews = ends.reviews["test"]
    kept = [reviews[row][-3:] for row in range(len(reviews))]
    cut = Ragged(np.concatenate(kept), np.cumsum([0, *map(len, kept)]))
    with torch.inference_mode():
        for task, same in ((ends, True), (whole, False)):
            before = task.predict("test")
            task.reviews["test"] = cut
            assert np.array_equal(task.predict("test"), before) is same


def test_the_linear_model_is_the_best_of_its_penalties_on_validation(make, monkeypatch):
    scores = {}
    for strengths in ((1e-6,), (4.0,), (1e-6, 4.0), (1e-6, 4.0, 1e-6)):
        monkeypatch.setattr(linear, "STRENGTHS", strengths)
        task = make("sentiment", "linear")
        fit = task.train()
        scores[strengths] = fit.history[0]["validation_accuracy"]
        assert task.model.weight.abs().max() > 0
    assert scores[1e-6, 4.0] == scores[1e-6, 4.0, 1e-6] == max(scores.values())
