"""The four ways of exercise 6 compute the same thing; bucketing leaves less padding."""

import numpy as np
import pytest
import torch

from pipeline.corpora.prepared.batching import bucketed, shuffled
from pipeline.corpora.prepared.tables import Ragged
from pipeline.exercises.packing.train import padding_share, summed_loss
from pipeline.models.classifier import Classifier

WAYS = ("single", "padded", "packed", "bucketed")


@pytest.fixture
def reviews():
    random = np.random.default_rng(0)
    lengths = random.integers(1, 30, size=64)
    values = random.integers(1, 50, size=lengths.sum())
    return Ragged(values, np.concatenate([[0], np.cumsum(lengths)])), random.integers(0, 2, size=64)


@pytest.mark.parametrize("pooling", ["last", "mean", "attention"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_loss_and_gradients_are_equal_in_all_four_ways(reviews, pooling, bidirectional):
    rows, labels = reviews
    torch.manual_seed(0)
    model = Classifier(50, 2, 8, 8, 1, bidirectional, "lstm", pooling, dropout=0.0)
    batch = np.arange(16)
    results = {}
    for way in WAYS:
        model.zero_grad()
        loss = summed_loss(way, model, rows, labels, batch, max_length=20)
        loss.backward()
        results[way] = (loss.detach(), [p.grad.clone() for p in model.parameters()])
    for way in WAYS:
        torch.testing.assert_close(results[way], results["single"], rtol=1e-4, atol=1e-5, msg=way)


def test_buckets_hold_less_padding_than_shuffled_batches(reviews):
    lengths = reviews[0].lengths
    plans = {
        "shuffled": shuffled(64, 8, np.random.default_rng(1)),
        "bucketed": bucketed(lengths, 8, np.random.default_rng(1)),
    }
    for plan in plans.values():
        assert sorted(np.concatenate(plan)) == list(range(64))
    assert padding_share(lengths, plans["bucketed"]) < 0.5 * padding_share(lengths, plans["shuffled"])
    assert padding_share(np.array([5, 5]), [np.array([0, 1])]) == 0
    assert padding_share(np.array([1, 3]), [np.array([0, 1])]) == pytest.approx(2 / 6)


def test_a_variant_is_batched_its_way(make):
    shares = {}
    for way in WAYS:
        task = make("packing", way)
        plan = task.batches(np.random.default_rng(1))
        assert sorted(np.concatenate(plan)) == list(range(20))  # as many as `reviews` says
        shares[way] = task.test().scores["padding_share"]
    assert shares["single"] == shares["packed"] == 0 < shares["bucketed"] < shares["padded"]
