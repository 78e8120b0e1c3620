"""What a solution of exercise 5 is checked for."""

from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from pipeline.checking.checks import alike, alive, holds, learns, made, need, noisy, shaped

SIZE = 5
LENGTHS = (2, 6, 1, 4)


def pooled(theirs: ModuleType, name: str, states: Tensor, lengths: Tensor) -> Tensor:
    """(batch, SIZE) of the student's class."""
    network = made(theirs, name, SIZE)
    alive(network)
    return shaped(network(states, lengths), (len(lengths), SIZE), f"the result of {name}")


def sequences() -> list[Tensor]:
    """Of different lengths."""
    return [torch.randn(length, SIZE) for length in LENGTHS]


def mask(theirs: ModuleType) -> None:
    """The mask is True on the real steps, False on padding."""
    found = need(theirs, "real_steps")(torch.tensor([2, 3, 1]), 5)
    shaped(found, (3, 5), "the mask of 5 steps")
    holds(found.dtype == torch.bool, f"the mask should be of True and False, and is of {found.dtype}")
    holds(found.sum(1).tolist() == [2, 3, 1], f"sequences of 2, 3 and 1 steps: the mask has {found.sum(1).tolist()}")
    holds(bool(found[:, 0].all()), "the mask leaves the first step of a sequence out")


def mean_of_one(theirs: ModuleType) -> None:
    """The mean of a sequence without padding is torch.mean over its steps."""
    states = torch.randn(1, 4, SIZE)
    found = pooled(theirs, "MeanPooling", states, torch.tensor([4]))
    alike(found, states.mean(1), "one sequence, no padding: MeanPooling does not give the mean of its states")


def mean_of_many(theirs: ModuleType) -> None:
    """The mean of a sequence is the same alone and in a padded batch."""
    alone = sequences()
    expected = torch.stack([one.mean(0) for one in alone])
    zeros, lengths = noisy(alone, 0.0)
    problem = "MeanPooling: a short sequence comes out {} in a batch with a longer one than alone"
    found = pooled(theirs, "MeanPooling", zeros, lengths)
    smaller = bool((found.abs().sum() < expected.abs().sum()).item())
    alike(found, expected, problem.format("smaller" if smaller else "otherwise"))
    found = pooled(theirs, "MeanPooling", *noisy(alone))
    alike(found, expected, "MeanPooling: what lies in the padding changes the result")


def states_stay(theirs: ModuleType) -> None:
    """The states that are given stay as they are."""
    for name in ("MeanPooling", "WeightedSum"):
        states, lengths = noisy(sequences())
        before = states.clone()
        pooled(theirs, name, states, lengths)
        holds(torch.equal(states, before), f"{name} changes the states that it was given: who gave them needs them")


def mean_gradient(theirs: ModuleType) -> None:
    """The gradient of the mean reaches real states, and no padding."""
    states, lengths = noisy(sequences())
    states.requires_grad_()
    found = pooled(theirs, "MeanPooling", states, lengths)
    holds(found.requires_grad, "no gradient comes through MeanPooling: the network below it cannot learn")
    (gradient,) = torch.autograd.grad(found.sum(), states)
    holds(not gradient[0, LENGTHS[0] :].any(), "the gradient of MeanPooling reaches the padding")


def weights_of_one(theirs: ModuleType) -> None:
    """The weights of a sequence add up to one."""
    state = torch.randn(SIZE)
    found = pooled(theirs, "WeightedSum", state.expand(1, 4, SIZE), torch.tensor([4]))
    problem = "WeightedSum of four equal states should be that state, for the weights of a sequence add up to one"
    alike(found, state.unsqueeze(0), f"{problem}; it is not")


def weights_of_many(theirs: ModuleType) -> None:
    """The weighted sum of a sequence is the same alone and in a padded batch."""
    alone = sequences()
    expected = torch.cat([pooled(theirs, "WeightedSum", one.unsqueeze(0), torch.tensor([len(one)])) for one in alone])
    found = pooled(theirs, "WeightedSum", *noisy(alone, 0.0))
    alike(found, expected, "WeightedSum: a short sequence comes out otherwise in a batch with a longer one than alone")
    found = pooled(theirs, "WeightedSum", *noisy(alone))
    alike(found, expected, "WeightedSum: what lies in the padding changes the result")


def weights_differ(theirs: ModuleType) -> None:
    """The weights depend on the states."""
    states = 3 * torch.randn(1, 6, SIZE)
    found = pooled(theirs, "WeightedSum", states, torch.tensor([6]))
    same = torch.allclose(found, states.mean(1), atol=1e-4)
    holds(not same, "WeightedSum gives every step the same weight, whatever its state is")
    turned = pooled(theirs, "WeightedSum", states.flip(1), torch.tensor([6]))
    alike(turned, found, "WeightedSum: the weight of a state should depend on the state, and depends on its place")
    between = (found >= states.amin(1) - 1e-4) & (found <= states.amax(1) + 1e-4)
    holds(bool(between.all()), "WeightedSum leaves the range of the states: is some weight below zero?")


def layers(theirs: ModuleType) -> Any:
    """The student's weighted sum, with its two layers."""
    network = made(theirs, "WeightedSum", SIZE)
    for name in ("projection", "context"):
        holds(isinstance(getattr(network, name, None), nn.Linear), f"WeightedSum has no nn.Linear called {name}")
    alive(network)
    return network


def formula(theirs: ModuleType) -> None:
    """The weights are the softmax of v tanh(W h + b)."""
    network = layers(theirs)
    states = torch.randn(3, 6, SIZE)
    found = shaped(network(states, torch.tensor([6, 6, 6])), (3, SIZE), "the result of WeightedSum")
    weights = network.context(torch.tanh(network.projection(states))).softmax(1)
    alike(found, (weights * states).sum(1), "WeightedSum: the scores are not those of the worksheet's formula")


def weights_learn(theirs: ModuleType) -> None:
    """The weights are learnt."""
    states, lengths = noisy(sequences())
    network = layers(theirs)
    if network.context.bias is not None:
        network.context.bias.requires_grad_(False)  # the softmax takes it out again: it may be there, and never learns
    learns(network, shaped(network(states, lengths), (len(lengths), SIZE), "the result of WeightedSum"), "WeightedSum")


CHECKS = (
    mask, mean_of_one, mean_of_many, mean_gradient, weights_of_one, weights_of_many, weights_differ, formula,
    weights_learn, states_stay,
)  # fmt: skip
