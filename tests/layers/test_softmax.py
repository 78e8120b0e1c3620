"""The adaptive softmax against torch's, and its most probable word against all others."""

import pytest
import torch
from torch import nn

from pipeline.layers.softmax import AdaptiveSoftmax


def pair(cuts):
    """Ours and torch's, with the same weights; torch's tails have no biases."""
    torch.manual_seed(0)
    ours = AdaptiveSoftmax(16, 30, cuts)
    theirs = nn.AdaptiveLogSoftmaxWithLoss(16, 30, list(cuts), div_value=2, head_bias=True)
    theirs.head.load_state_dict(ours.head.state_dict())
    for own, tail in zip(ours.tails, theirs.tail, strict=True):
        nn.init.zeros_(own[1].bias)
        tail.load_state_dict({name: value for name, value in own.state_dict().items() if name != "1.bias"})
    return ours, theirs


@pytest.mark.parametrize("cuts", [(4,), (4, 10), (1, 2, 3, 29)])
def test_losses_and_probabilities_are_those_of_torch(cuts):
    ours, theirs = pair(cuts)
    features, targets = 3 * torch.randn(60, 16), torch.arange(60) % 30
    torch.testing.assert_close(ours.nats(features, targets), -theirs(features, targets).output)
    torch.testing.assert_close(ours.log_probabilities(features), theirs.log_prob(features))


@pytest.mark.parametrize("cuts", [(4,), (4, 10), (1, 2, 3, 29)])
@torch.inference_mode()
def test_the_guess_is_the_most_probable_word_wherever_it_is(cuts):
    ours, _ = pair(cuts)
    features = 10 * torch.randn(500, 16)
    guesses = ours.guesses(features)
    assert guesses.equal(ours.log_probabilities(features).argmax(1))
    for begin, end in [(0, cuts[0]), *ours.clusters]:
        assert ((guesses >= begin) & (guesses < end)).any()


def test_a_batch_without_rare_words_has_a_gradient():
    ours, _ = pair((4, 10))
    features = torch.randn(5, 16, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        ours.nats(features, torch.tensor([0, 1, 2, 3, 0])).sum().backward()
    assert features.grad is not None and features.grad.isfinite().all() and ours.head.weight.grad.isfinite().all()
