"""Pooling: what is shown of the weights over a review's states."""

import pytest


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
