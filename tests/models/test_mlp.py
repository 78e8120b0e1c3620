"""Shared hidden layers: how many parameters, which gradient."""

import copy

import pytest
import torch

from pipeline.models.mlp import MLP


def make(shared, hidden_layers=3, pixels=784, hidden_size=512, dropout=0.0):
    torch.manual_seed(0)
    return MLP(pixels, 10, hidden_size, hidden_layers, shared, dropout, 33.0, 79.0)


@pytest.mark.parametrize(("hidden_layers", "saved"), [(3, 0.28), (4, 0.44)])
def test_sharing_saves_parameters(hidden_layers, saved):
    shared, separate = (sum(p.numel() for p in make(s, hidden_layers).parameters()) for s in (True, False))
    assert shared == 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10
    assert separate - shared == (hidden_layers - 2) * (512 * 512 + 512)
    assert round(1 - shared / separate, 2) == saved


def test_the_shared_layer_s_gradient_is_the_sum_over_its_uses():
    shared, separate = (make(s, 4, 20, 8).double() for s in (True, False))
    separate.hidden = torch.nn.ModuleList(copy.deepcopy(shared.hidden[0]) for _ in range(3))
    separate.input, separate.output = copy.deepcopy(shared.input), copy.deepcopy(shared.output)
    pixels = torch.randint(0, 256, (5, 20), dtype=torch.uint8)
    for model in (shared, separate):
        model.float()
        model(pixels).logsumexp(1).sum().backward()
    torch.testing.assert_close(shared(pixels), separate(pixels))
    for name in ("weight", "bias"):
        each = torch.stack([getattr(layer, name).grad for layer in separate.hidden])
        assert each.abs().flatten(1).amax(1).gt(0).all()
        torch.testing.assert_close(getattr(shared.hidden[0], name).grad, each.sum(0))
    torch.testing.assert_close(shared.input.weight.grad, separate.input.weight.grad)


@pytest.mark.parametrize("shared", [True, False])
def test_the_parts_of_the_uses_add_up_to_the_gradient(shared):
    model = make(shared, 4, 20, 8)
    pixels = torch.randint(0, 256, (5, 20), dtype=torch.uint8)

    def loss(logits):
        return logits.logsumexp(1).sum()

    by_use = model.gradients_by_use(pixels, loss)
    assert all(parameter.grad is None for parameter in model.parameters())
    loss(model(pixels)).backward()
    whole = torch.stack([layer.weight.grad for layer in model.hidden])
    torch.testing.assert_close(by_use.sum(0, keepdim=True) if shared else by_use, whole)


def test_an_image_s_logits_do_not_depend_on_the_batch():
    model = make(True, dropout=0.5).eval()
    pixels = torch.randint(0, 256, (4, 784), dtype=torch.uint8)
    together = model(pixels)
    for row in range(4):
        torch.testing.assert_close(model(pixels[row : row + 1])[0], together[row], rtol=1e-4, atol=1e-5)
