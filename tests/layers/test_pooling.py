"""Pooling against the definition, one sequence at a time."""

import pytest
import torch

from pipeline.layers.pooling import Pooling

LENGTHS = torch.tensor([4, 1, 3])


def one_by_one(method, states, final, layer):
    rows = []
    for row, length in enumerate(LENGTHS.tolist()):
        own = states[row, :length]
        if method == "attention":
            weights = layer.context(torch.tanh(layer.projection(own))).softmax(0)
            rows.append((weights * own).sum(0))
        else:
            rows.append({"last": final[row], "mean": own.mean(0), "sum": own.sum(0), "max": own.amax(0)}[method])
    return torch.stack(rows)


@pytest.mark.parametrize("method", ["last", "mean", "sum", "max", "attention"])
def test_equals_the_definition_and_ignores_padding(method):
    torch.manual_seed(0)
    layer = Pooling(method, 5)
    states, final = torch.randn(3, 6, 5), torch.randn(3, 5)
    pooled, weights = layer(states, LENGTHS, final)
    torch.testing.assert_close(pooled, one_by_one(method, states, final, layer))
    noisy = states.masked_fill(~(torch.arange(6) < LENGTHS.unsqueeze(1)).unsqueeze(2), 1e4)
    assert torch.equal(layer(noisy, LENGTHS, final)[0], pooled)
    if method == "attention":
        torch.testing.assert_close(weights.sum(1), torch.ones(3))
        assert weights[1].tolist() == [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    else:
        assert weights is None


def test_unknown_method_is_refused():
    with pytest.raises(ValueError, match="median"):
        Pooling("median", 5)
