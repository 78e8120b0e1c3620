"""What a solution of exercise 2 is checked for."""

from types import ModuleType

import torch
from torch import Tensor, nn

from pipeline.checking.checks import alike, holds, learns, made, shaped

INPUT, HIDDEN = 3, 4


def states(theirs: ModuleType, inputs: Tensor) -> tuple[nn.Module, Tensor]:
    """The student's network and what it gives, (batch, steps, HIDDEN)."""
    torch.manual_seed(1)
    network = made(theirs, "RNN", INPUT, HIDDEN)
    return network, shaped(network(inputs), (*inputs.shape[:2], HIDDEN), "the result of RNN")


def parameters(theirs: ModuleType) -> None:
    """RNN has the parameters W, U and b, and no others."""
    found = {name: tuple(value.shape) for name, value in made(theirs, "RNN", INPUT, HIDDEN).named_parameters()}
    expected = {"W": (HIDDEN, INPUT), "U": (HIDDEN, HIDDEN), "b": (HIDDEN,)}
    for name, shape in expected.items():
        holds(name in found, f"RNN(3, 4) has no parameter {name}: a plain tensor is not one")
        holds(found[name] == shape, f"RNN(3, 4): {name} has the shape {found[name]} where {shape} is asked for")
    more = sorted(found.keys() - expected)
    holds(not more, f"RNN has more parameters than W, U and b: {', '.join(more)}")


def drawn(theirs: ModuleType) -> None:
    """Two networks begin with different weights."""
    first, second = (made(theirs, "RNN", INPUT, HIDDEN) for _ in range(2))
    same = [name for name, value in first.named_parameters() if torch.equal(value, second.get_parameter(name))]
    holds("W" not in same and "U" not in same, "the weights are not drawn at random: all units would stay alike")


def one_step(theirs: ModuleType) -> None:
    """A step is that of torch.nn.RNNCell."""
    network, _ = states(theirs, torch.randn(2, 1, INPUT))
    cell = nn.RNNCell(INPUT, HIDDEN)
    copy(network, cell, "")
    x, h = torch.randn(5, INPUT), torch.randn(5, HIDDEN)
    found = shaped(network.step(x, h), (5, HIDDEN), "the result of step")  # type: ignore[operator]
    alike(found, cell(x, h), "step gives other states than torch.nn.RNNCell with the same weights")


def all_steps(theirs: ModuleType) -> None:
    """The states of all steps are those of torch.nn.RNN."""
    inputs = torch.randn(5, 7, INPUT)
    network, found = states(theirs, inputs)
    reference = nn.RNN(INPUT, HIDDEN, batch_first=True)
    copy(network, reference, "_l0")
    expected, _ = reference(inputs)
    alike(
        found[:, 0], expected[:, 0], "the state after the first step is not that of torch.nn.RNN: which one was before?"
    )
    alike(found, expected, "the first state is right, later ones are not: does each step go on from the one before?")


def again(theirs: ModuleType) -> None:
    """The network begins anew at each call."""
    inputs = torch.randn(2, 4, INPUT)
    network, first = states(theirs, inputs)
    alike(network(inputs), first, "the same input twice gives different states: something is left from the call before")


def any_length(theirs: ModuleType) -> None:
    """The same network reads sequences and batches of any size."""
    inputs = torch.randn(3, 9, INPUT)
    network, found = states(theirs, inputs)
    alike(network(inputs[:, :4]), found[:, :4], "a shorter sequence gets other states at the steps that it has")
    alone = shaped(network(inputs[1:2]), (1, 9, HIDDEN), "the result of RNN for one sequence")
    alike(alone, found[1:2], "a sequence gets other states alone than in a batch")


def gradients(theirs: ModuleType) -> None:
    """Gradients reach every parameter, from the last step back to the first."""
    inputs = torch.randn(2, 6, INPUT, requires_grad=True)
    network, found = states(theirs, inputs)
    learns(network, found[:, -1], "RNN")
    (gradient,) = torch.autograd.grad(found[:, -1].sum(), inputs)
    holds(bool(gradient[:, 0].any()), "the last state's gradient does not reach the first step: the chain is cut")


def forecast(theirs: ModuleType) -> None:
    """The forecast comes from the state that has seen all years."""
    network = made(theirs, "Forecaster", HIDDEN)
    values = torch.randn(3, 8)
    found = shaped(network(values), (3,), "the result of Forecaster")
    shaped(network(values[:1]), (1,), "the result of Forecaster for one series")
    for year, which in ((-1, "last"), (0, "first")):
        changed = values.clone()
        changed[:, year] += 1
        holds(not torch.equal(network(changed), found), f"the forecast does not depend on the {which} year")
    states = network.rnn(values.unsqueeze(2))  # type: ignore[operator]
    expected = network.output(states[:, -1])[:, 0]  # type: ignore[operator]
    alike(found, expected, "the forecast is made of something else than the last state alone")
    learns(network, found, "Forecaster")


def copy(network: nn.Module, reference: nn.Module, suffix: str) -> None:
    """Give torch's module the student's weights."""
    zero = torch.zeros(HIDDEN)
    values = {"weight_ih": network.W, "weight_hh": network.U, "bias_ih": network.b, "bias_hh": zero}
    reference.load_state_dict({name + suffix: value for name, value in values.items()})


CHECKS = (parameters, drawn, one_step, all_steps, again, any_length, gradients, forecast)
