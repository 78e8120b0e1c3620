"""The four ways of exercise 6 compute the same thing; bucketing leaves less padding."""

import numpy as np
import pytest
import torch

from pipeline.corpora.prepared.batching import bucketed, shuffled
from pipeline.corpora.prepared.tables import Ragged
from pipeline.exercises.packing.train import PADDING, misread, padding_share, summed_loss
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


@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_misread_answers_are_those_of_code_that_forgets_the_lengths(make, pooling):
    """The last column, or the mean over all columns, of a network that runs on through the padding."""
    task = make("packing", "padded", pooling=pooling, max_length=20)
    rows, labels, model = task.reviews["test"], task.labels["test"], task.model
    with torch.no_grad():  # else an untrained network gives one answer to all
        model.recurrent.weight_hh_l0.mul_(4)
        model.output.bias.zero_()
        states = [
            model.recurrent(model.embedding(torch.tensor(rows[row][-20:])[None].long()), None)[0]
            for row in range(len(rows))
        ]
        model.output.bias -= model.output(torch.cat([found[:, -1] for found in states])).mean(0)

        def forgetful(row, padding):
            tokens = torch.nn.functional.pad(torch.tensor(rows[row][-20:].astype(np.int64)), (0, padding))[None]
            states, _ = model.recurrent(model.embedding(tokens), None)
            return int(model.output(states[:, -1] if pooling == "last" else states.mean(1)).argmax())

        expected = {
            padding: np.array([forgetful(row, padding) for row in range(len(rows))]) for padding in (0, *PADDING)
        }
        found = misread(model, rows, labels, task.settings, seed=1)
    assert found["right"] == (expected[0] == labels).mean()
    assert found["accuracy"] == [(expected[padding] == labels).mean() for padding in PADDING]
    assert found["changed"] == [(expected[padding] != expected[0]).mean() for padding in PADDING]
    assert len(set(expected[0])) == 2 and found["padding"] == list(PADDING)
