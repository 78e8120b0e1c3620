"""Attention scores against their equations, and masks."""

import torch

from pipeline.layers.attention import BahdanauAttention, LuongAttention, attend


def test_scores_follow_the_equations():
    torch.manual_seed(0)
    queries, states = torch.randn(2, 3, 4), torch.randn(2, 5, 6)
    bahdanau, luong = BahdanauAttention(4, 6, 7), LuongAttention(4, 6)
    additive = bahdanau(queries, bahdanau.project(states))
    general = luong(queries, luong.project(states))
    for b in range(2):
        for q in range(3):
            for t in range(5):
                query, state = queries[b, q], states[b, t]
                energy = bahdanau.query.weight @ query + bahdanau.key.weight @ state + bahdanau.key.bias
                torch.testing.assert_close(additive[b, q, t], (bahdanau.energy.weight @ energy.tanh())[0])
                torch.testing.assert_close(general[b, q, t], query @ luong.key.weight @ state)


def test_padding_gets_no_weight_and_no_gradient():
    torch.manual_seed(0)
    scores, values = torch.randn(2, 3, 5), torch.randn(2, 5, 6, requires_grad=True)
    mask = torch.tensor([[True] * 5, [True, True, False, False, False]])
    context, weights = attend(scores, values, ~mask.unsqueeze(1))
    context.sum().backward()
    assert weights[1, :, 2:].eq(0).all() and values.grad[1, 2:].eq(0).all()
    torch.testing.assert_close(weights.sum(2), torch.ones(2, 3))
    torch.testing.assert_close(context[1], weights[1, :, :2] @ values[1, :2])
