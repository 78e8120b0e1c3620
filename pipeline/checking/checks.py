"""What the checks of an exercise's worksheet are made of: `pipeline/exercises/NAME/worksheet/checks.py` has them.

A check is a function of the student's module. Its docstring is what it looks at, in a few words. It raises `Wrong`, in
one line that names what is seen and not what to write. Whatever else the student's code raises is told by `theirs.py`.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

Check = Callable[[ModuleType], None]


class Wrong(Exception):
    """What is wrong with a solution, in one line."""


def title(check: Check) -> str:
    """What a check looks at."""
    return " ".join((check.__doc__ or check.__name__).split()).rstrip(".")


def need(theirs: ModuleType, name: str) -> Any:
    """The student's class or function of this name.

    Raises:
        Wrong: there is none.
    """
    if not hasattr(theirs, name):
        raise Wrong(f"there is no {name} in the file: keep the name of the worksheet")
    return getattr(theirs, name)


def made(theirs: ModuleType, name: str, *arguments: Any, **named: Any) -> Any:
    """An object of the student's class, a network in evaluation mode.

    Raises:
        Wrong: there is no such class, or it is not a nn.Module.
    """
    found = need(theirs, name)(*arguments, **named)
    if not isinstance(found, nn.Module):
        raise Wrong(f"{name} is not a nn.Module: see what it inherits from")
    return found.eval()


def alive(network: nn.Module) -> None:
    """Draw all parameters anew: no result depends on what they began with, and no unit is dead for all inputs."""
    torch.manual_seed(1)
    with torch.no_grad():
        for value in network.parameters():
            value.copy_(torch.randn(value.shape) * 0.5 + 0.2)


def shaped(value: Any, shape: tuple[int, ...], what: str) -> Tensor:
    """The value, a tensor of this shape with finite numbers.

    Raises:
        Wrong: it is something else.
    """
    if not isinstance(value, Tensor):
        raise Wrong(f"{what} should be a tensor and is of type {type(value).__name__}")
    if tuple(value.shape) != shape:
        raise Wrong(f"{what} has the shape {tuple(value.shape)} where {shape} is asked for")
    if value.is_floating_point() and not torch.isfinite(value).all():
        raise Wrong(f"{what} holds numbers that are not finite (nan or inf)")
    return value


def parts(value: Any, count: int, what: str) -> tuple[Any, ...]:
    """The value, a tuple of so many parts.

    Raises:
        Wrong: it is something else.
    """
    if not isinstance(value, tuple | list) or len(value) != count:
        found = f"{len(value)} parts" if isinstance(value, tuple | list) else type(value).__name__
        raise Wrong(f"{what} should give {count} results, with a comma between them, and gives {found}")
    return tuple(value)


def alike(found: Tensor, expected: Tensor, problem: str, tolerance: float = 1e-4) -> None:
    """See that two tensors have one shape and the same numbers, up to rounding.

    Raises:
        Wrong: they do not; the line is `problem`.
    """
    found, expected = found.detach().double(), expected.detach().double()
    if found.shape != expected.shape or not torch.allclose(found, expected, rtol=tolerance, atol=tolerance):
        raise Wrong(problem)


def holds(condition: bool, problem: str) -> None:
    """See that something is so.

    Raises:
        Wrong: it is not; the line is `problem`.
    """
    if not condition:
        raise Wrong(problem)


def learns(network: nn.Module, result: Tensor, what: str) -> None:
    """See that a network has parameters, and that the gradient of its result reaches every one that is trained.

    Raises:
        Wrong: it has none, or one gets no gradient.
    """
    trained = {name: value for name, value in network.named_parameters() if value.requires_grad}
    holds(bool(trained), f"{what} has no parameters to learn: an optimiser would find nothing in it")
    holds(result.requires_grad, f"no gradient comes through {what}: something cuts its result off from its parameters")
    gradients = torch.autograd.grad(
        result.double().pow(2).sum(), list(trained.values()), allow_unused=True, retain_graph=True
    )
    idle = [name for name, value in zip(trained, gradients, strict=True) if value is None or not value.abs().any()]
    holds(not idle, f"no gradient reaches {', '.join(idle)} of {what}: it will never learn")


def reaches(result: Tensor, given: Tensor, problem: str) -> None:
    """See that the gradient of a result reaches what it was made of.

    Raises:
        Wrong: it does not; the line is `problem`.
    """
    holds(result.requires_grad, problem)
    (gradient,) = torch.autograd.grad(result.double().pow(2).sum(), given, allow_unused=True, retain_graph=True)
    holds(gradient is not None and bool(gradient.any()), problem)


def noisy(sequences: list[Tensor], noise: float = 100.0) -> tuple[Tensor, Tensor]:
    """A batch with padding behind every sequence, and in it numbers that would be seen in any result that they reach.

    Args:
        sequences: of (length, ...) each.

    Returns:
        (batch, steps, ...) and lengths (batch,) int64.
    """
    lengths = torch.tensor([len(one) for one in sequences])
    padded = torch.full((len(sequences), int(lengths.max()) + 2, *sequences[0].shape[1:]), noise)
    for row, one in enumerate(sequences):
        padded[row, : len(one)] = one
    return padded, lengths
