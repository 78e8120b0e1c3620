"""The CRF against all sequences of tags, one by one."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.layers.crf import CRF

TAGS = 3


def make(lengths, seed=0, steps=None):
    """A CRF with random scores, and random emissions (batch, steps, tags) for sentences of these lengths."""
    torch.manual_seed(seed)
    crf = CRF(TAGS).double()
    for parameter in crf.parameters():
        torch.nn.init.normal_(parameter)
    return crf, torch.randn(len(lengths), steps or max(lengths), TAGS, dtype=torch.double) * 2, torch.tensor(lengths)


def by_hand(crf, emissions, paths):
    """The scores (paths,) of paths (paths, steps) of one sentence (steps, tags), by definition."""
    emitted = emissions[torch.arange(len(emissions)), paths].sum(1)
    return (
        crf.start[paths[:, 0]] + emitted + crf.transitions[paths[:, :-1], paths[:, 1:]].sum(1) + crf.end[paths[:, -1]]
    )


def everything(crf, emissions):
    """All paths (paths, steps) of one sentence, and their scores."""
    paths = torch.tensor(list(itertools.product(range(TAGS), repeat=len(emissions))))
    return paths, by_hand(crf, emissions, paths).detach()


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 10))
def test_equals_the_sum_and_the_maximum_over_all_sequences(lengths, seed):
    crf, emissions, lengths = make(lengths, seed, steps=6)
    tags = torch.randint(TAGS, emissions.shape[:2])
    partition, score = crf.log_partition(emissions, lengths), crf.score(emissions, tags, lengths)
    best = crf.best(emissions, lengths)
    for row, length in enumerate(lengths.tolist()):
        own = emissions[row, :length]
        paths, scores = everything(crf, own)
        torch.testing.assert_close(partition[row], scores.logsumexp(0))
        torch.testing.assert_close(score[row], by_hand(crf, own, tags[row : row + 1, :length])[0])
        assert torch.equal(best[row, :length], paths[scores.argmax()])
        assert best[row, length:].eq(0).all()


def test_the_gradient_of_the_partition_is_the_marginals():
    crf, emissions, lengths = make([4])
    emissions.requires_grad_()
    crf.log_partition(emissions, lengths).sum().backward()
    paths, scores = everything(crf, emissions[0].detach())
    weights = scores.softmax(0)
    for tag in range(TAGS):
        torch.testing.assert_close(emissions.grad[0, :, tag], weights @ (paths == tag).double())
    for before, tag in itertools.product(range(TAGS), repeat=2):
        counts = ((paths[:, :-1] == before) & (paths[:, 1:] == tag)).sum(1).double()
        torch.testing.assert_close(crf.transitions.grad[before, tag], weights @ counts)


def test_gradients_of_the_loss():
    crf, emissions, lengths = make([3, 1, 2])
    tags = torch.tensor([[0, 2, 1], [1, 0, 0], [2, 2, 0]])
    inputs = (emissions.requires_grad_(), *crf.parameters())
    assert torch.autograd.gradcheck(lambda emissions, *_: crf.loss(emissions, tags, lengths), inputs)


@pytest.mark.parametrize("noise", [1e4, -1e4])
def test_padding_does_not_matter(noise):
    crf, emissions, lengths = make([5, 2, 1])
    tags = torch.randint(TAGS, (3, 5))
    other, other_tags = emissions.clone(), tags.clone()
    other[1, 2:], other[2, 1:], other_tags[1, 2:] = noise, noise, 2
    results = []
    for scores, path in ((emissions, tags), (other, other_tags)):
        scores.requires_grad_()
        loss = crf.loss(scores, path, lengths)
        (gradient,) = torch.autograd.grad(loss, scores)
        results.append((loss, gradient, crf.best(scores, lengths)))
    for ours, theirs in zip(*results, strict=True):
        assert torch.equal(ours, theirs)
    assert results[0][1][1, 2:].eq(0).all() and results[0][1][2, 1:].eq(0).all()


def test_without_transitions_it_is_a_softmax_at_every_step():
    torch.manual_seed(0)
    crf, emissions, tags = CRF(TAGS), torch.randn(2, 4, TAGS), torch.randint(TAGS, (2, 4))
    lengths = torch.tensor([4, 4])
    expected = torch.nn.functional.cross_entropy(emissions.flatten(0, 1), tags.flatten(), reduction="sum")
    torch.testing.assert_close(crf.loss(emissions, tags, lengths), expected)
    assert torch.equal(crf.best(emissions, lengths), emissions.argmax(2))


def test_long_sentences_neither_overflow_nor_underflow():
    """Against the recursion in log space, of which each step is a sum over the tags before."""
    crf, emissions, lengths = make([300, 7])
    emissions = emissions * 20
    alpha = crf.start + emissions[:1, 0]
    for step in emissions[:1, 1:].unbind(1):
        alpha = (alpha.unsqueeze(2) + crf.transitions).logsumexp(1) + step
    expected = (alpha + crf.end).logsumexp(1)[0]
    torch.testing.assert_close(crf.log_partition(emissions, lengths)[0], expected)
    single = crf.float().log_partition(emissions.float().requires_grad_(), lengths)
    torch.testing.assert_close(single[0].double(), expected, rtol=1e-5, atol=0.0)
    single.sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in crf.parameters())
