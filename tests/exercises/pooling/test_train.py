"""Pooling: what is shown of the weights over a review's states."""

import numpy as np
import pytest
import torch

from pipeline.corpora.prepared.tables import Ragged


def test_weights_are_shown_of_short_reviews_of_either_class(make):
    task = make("pooling", "attention", max_length=20)
    shown = task.test().extra
    assert {row["label"] for row in shown} == {0, 1} and len(shown) == 6
    assert [row["label"] for row in shown] == sorted(row["label"] for row in shown)
    words = task.recipe.assets["vocabulary.json"]
    reviews = [[words[i] for i in task.reviews["test"][row]] for row in range(10)]
    for row in shown:
        assert row["words"] in reviews
        assert len(row["weights"]) == len(row["words"]) and sum(row["weights"]) == pytest.approx(1, abs=1e-4)


def test_what_does_not_weigh_shows_nothing(make):
    assert make("pooling", "mean").test().extra == []


def test_without_recurrence_the_order_of_words_does_not_matter(make):
    for variant, matters in (("no_recurrence", False), ("mean", True)):
        task = make("pooling", variant, max_length=9)
        task.model.eval()
        reviews = task.reviews["test"]
        with torch.inference_mode():
            forwards = task.predict("test")
            task.reviews["test"] = Ragged(
                np.concatenate([reviews[row][::-1] for row in range(len(reviews))]), reviews.offsets
            )
            backwards = task.predict("test")
        assert np.allclose(forwards, backwards, atol=1e-6) is not matters


def test_a_variant_may_learn_in_its_own_way(make):
    task = make("pooling", "last")
    assert task.settings.learning_rate == task.settings.last.learning_rate
    assert make("pooling", "mean").settings.learning_rate != task.settings.learning_rate
