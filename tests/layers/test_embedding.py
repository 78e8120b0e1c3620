"""The embedding layer by hand: torch.nn's results, a padding row that never learns, freezing, packed input."""

import pytest
import torch
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence

from pipeline.layers.embedding import Embedding

TOKENS = torch.tensor([[3, 1, 4, 1], [5, 2, 0, 0]])


def test_values_and_gradients_are_those_of_torch():
    own, theirs = Embedding(6, 3), torch.nn.Embedding(6, 3, padding_idx=0)
    theirs.load_state_dict(own.state_dict())
    scale = torch.randn(2, 4, 3)
    for layer in (own, theirs):
        (layer(TOKENS) * scale).sum().backward()
    assert torch.equal(own(TOKENS), theirs(TOKENS))
    torch.testing.assert_close(own.weight.grad, theirs.weight.grad)


def test_padding_is_zero_and_never_learns():
    layer = Embedding(6, 3, vectors=torch.ones(6, 3))
    optimizer = torch.optim.AdamW(layer.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        layer(TOKENS).pow(2).sum().backward()
        assert not layer.weight.grad[0].any()
        optimizer.step()
    assert not layer.weight[0].any() and not layer(TOKENS)[1, 2:].any()
    assert (layer.weight[1] != 1).all()


def test_frozen_vectors_stay_and_thawed_ones_learn():
    vectors = torch.randn(6, 3)
    layer, head = Embedding(6, 3, vectors, frozen=True), torch.nn.Linear(3, 1)
    optimizer = torch.optim.AdamW([*layer.parameters(), *head.parameters()], lr=0.1)

    def step():
        optimizer.zero_grad()
        head(layer(TOKENS)).sum().backward()
        optimizer.step()

    before = layer.weight.detach().clone()
    step()
    assert torch.equal(layer.weight, before)
    layer.freeze(False)
    step()
    assert not torch.equal(layer.weight, before)
    layer.freeze()
    now = layer.weight.detach().clone()
    step()  # the optimiser's momentum must not move it either
    assert torch.equal(layer.weight, now)


def test_packed_ids_give_packed_vectors():
    layer = Embedding(6, 3)
    sequences = [torch.tensor([5, 2]), torch.tensor([3, 1, 4])]
    padded, lengths = pad_packed_sequence(layer(pack_sequence(sequences, enforce_sorted=False)), batch_first=True)
    assert lengths.tolist() == [2, 3]
    for row, sequence in enumerate(sequences):
        assert torch.equal(padded[row, : len(sequence)], layer(sequence))


def test_vectors_of_another_shape_are_an_error():
    with pytest.raises(ValueError, match=r"vectors of shape \(5, 3\) for 6 ids of size 3"):
        Embedding(6, 3, vectors=torch.zeros(5, 3))
