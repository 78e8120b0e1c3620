"""What a solution of exercise 1 is checked for."""

from types import ModuleType

import torch
from torch import Tensor, nn

from pipeline.checking.checks import alike, alive, holds, learns, made, need, shaped

PIXELS, HIDDEN, CLASSES = 12, 5, 3
SHARED = PIXELS * HIDDEN + HIDDEN + HIDDEN * HIDDEN + HIDDEN + HIDDEN * CLASSES + CLASSES
SEPARATE = SHARED + 2 * (HIDDEN * HIDDEN + HIDDEN)


def numbers(network: nn.Module) -> int:
    """How many numbers a network learns."""
    return sum(value.numel() for value in network.parameters())


def layers(theirs: ModuleType) -> None:
    """The shared network learns one hidden layer."""
    network = made(theirs, "SharedMLP", PIXELS, HIDDEN, CLASSES)
    for name in ("input", "hidden", "output"):
        holds(hasattr(network, name), f"SharedMLP has no layer {name}")
    holds(isinstance(network.hidden, nn.Linear), "hidden of SharedMLP is not one nn.Linear")
    found = numbers(network)
    holds(found >= SHARED, f"SharedMLP(12, 5, 3) learns {found} numbers, too few: is a layer missing, or out of sight?")
    holds(found <= SHARED, f"SharedMLP(12, 5, 3) learns {found} numbers, too many: which layers are not shared?")


def forward(hidden: list[nn.Module], network: nn.Module, pixels: Tensor) -> Tensor:
    """What the network should give with these hidden layers."""
    h = torch.relu(network.input(pixels))  # type: ignore[operator]
    for layer in hidden:
        h = torch.relu(layer(h))
    return network.output(h)  # type: ignore[operator]


def shared(theirs: ModuleType) -> None:
    """The hidden layer is applied three times."""
    network = made(theirs, "SharedMLP", PIXELS, HIDDEN, CLASSES)
    alive(network)
    pixels = torch.rand(8, PIXELS)
    found = shaped(network(pixels), (8, CLASSES), "the result of SharedMLP")
    shaped(network(pixels[:1]), (1, CLASSES), "the result of SharedMLP for one image")
    for times in (0, 1, 2, 4):
        same = torch.allclose(found, forward([network.hidden] * times, network, pixels), atol=1e-5)
        holds(not same, f"SharedMLP applies its hidden layer {times} times")
    right = forward([network.hidden] * 3, network, pixels)
    holds(not torch.allclose(found, torch.relu(right), atol=1e-5), "SharedMLP cuts the scores of classes off at 0")
    holds(not torch.allclose(found.sum(1), torch.ones(8), atol=1e-4), "SharedMLP gives probabilities, not scores")
    alike(found, right, "SharedMLP gives other scores than its three layers with a ReLU behind each but the last")


def separate(theirs: ModuleType) -> None:
    """The other network has three hidden layers of its own."""
    network = made(theirs, "SeparateMLP", PIXELS, HIDDEN, CLASSES)
    hidden = list(network.hidden) if hasattr(network, "hidden") and isinstance(network.hidden, nn.ModuleList) else []
    holds(len(hidden) == 3, "hidden of SeparateMLP is not a nn.ModuleList of three layers")
    found = numbers(network)
    holds(found == SEPARATE, f"SeparateMLP(12, 5, 3) learns {found} numbers: are its three hidden layers three?")
    alive(network)
    pixels = torch.rand(8, PIXELS)
    result = shaped(network(pixels), (8, CLASSES), "the result of SeparateMLP")
    alike(
        result, forward(hidden, network, pixels), "SeparateMLP does not go through its hidden layers, one after another"
    )


def gradient(theirs: ModuleType) -> None:
    """Gradients reach every layer."""
    for name in ("SharedMLP", "SeparateMLP"):
        network = made(theirs, name, PIXELS, HIDDEN, CLASSES)
        alive(network)
        learns(network, network(torch.rand(8, PIXELS)), name)


def counted(theirs: ModuleType) -> None:
    """The numbers that a model learns are counted, shared ones once."""
    count = need(theirs, "count")
    layer = nn.Linear(3, 2)
    found = count(nn.Sequential(layer, nn.ReLU()))
    holds(found == 8, f"count gives {found} for a nn.Linear(3, 2), which has 6 weights and 2 biases")
    square = nn.Linear(3, 3)
    found = count(nn.Sequential(square, square))
    holds(found == 12, f"count gives {found} for one nn.Linear(3, 3) that is used twice")
    found = count(nn.BatchNorm1d(4))
    holds(found == 8, f"count gives {found} for a nn.BatchNorm1d(4): its running means are not learnt")


CHECKS = (layers, shared, separate, gradient, counted)
