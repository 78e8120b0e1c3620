"""Images moved in training; what is recorded of the gradients of the hidden matrices."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from pipeline.exercises.shared_mlp.train import hidden_gradients, moments, moved
from pipeline.models.mlp import MLP


@pytest.mark.parametrize("shared", [True, False])
def test_the_gradient_of_each_use_without_dropout(shared):
    torch.manual_seed(0)
    model = MLP(20, 10, 8, 4, shared, 0.5, 33.0, 79.0)
    pixels, labels = torch.randint(0, 256, (30, 20), dtype=torch.uint8), torch.randint(0, 10, (30,))
    found = hidden_gradients(model, pixels, labels)
    assert found == hidden_gradients(model, pixels, labels)
    cross_entropy(model(pixels), labels).backward()
    norms = [layer.weight.grad.norm().item() for layer in model.hidden]
    assert len(found["uses"]) == 3
    assert ([found["sum"]] if shared else found["uses"]) == pytest.approx(norms)
    assert ("sum" in found) == shared


def test_gradients_are_taken_before_and_after_training_of_the_same_digits(make):
    task = make("shared_mlp", "shared", hidden_layers=3)
    before = hidden_gradients(task.model, *(torch.tensor(of["train"]) for of in (task.pixels, task.labels)))
    task.train()
    after = hidden_gradients(task.model, *(torch.tensor(of["train"]) for of in (task.pixels, task.labels)))
    found = task.test().scores["hidden_gradients"]
    assert found == {"images": 24, "untrained": before, "trained": after} and before != after


def test_a_batch_moves_as_one_by_a_pixel_at_most_and_only_in_training(make):
    torch.manual_seed(0)
    images = torch.zeros(3, 25, dtype=torch.uint8)
    images[:, 12] = torch.tensor([1, 2, 3])  # in the middle
    seen = set()
    for _ in range(200):
        places = moved(images).nonzero()[:, 1].unique()
        assert len(places) == 1
        seen.add(places.item())
    assert seen == {6, 7, 8, 11, 12, 13, 16, 17, 18}
    task = make("shared_mlp", "shared", dropout=0.0)
    batch = np.arange(6)
    with torch.no_grad():
        assert len({task.logits_of("train", batch).sum().item() for _ in range(20)}) > 1
        task.model.eval()
        assert len({task.logits_of("train", batch).sum().item() for _ in range(20)}) == 1


def test_moments_of_all_pixels():
    pixels = np.random.default_rng(0).integers(0, 256, (2300, 9), dtype=np.uint8)
    assert moments(pixels) == pytest.approx((pixels.mean(), pixels.std()))
