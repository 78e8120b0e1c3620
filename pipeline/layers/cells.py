"""Recurrent cells written from their equations, and the loop over time in which all steps share one (exercise 2).

Parameters have the names, shapes and order of `torch.nn.RNNCell`, `GRUCell` and `LSTMCell`, so state dicts pass either
way: `weight_ih` stacks the W of the gates, `weight_hh` their U, and each has a bias. layers/recurrent.py runs the
same equations on fast kernels; nothing here needs torch.nn's recurrent modules.
"""

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import linear


class _Cell(nn.Module):
    """The parameters of a cell with a number of gates (an ungated one has one block of them)."""

    gates: int

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        rows, bound = self.gates * hidden_size, hidden_size**-0.5
        self.weight_ih = nn.Parameter(torch.empty(rows, input_size).uniform_(-bound, bound))
        self.weight_hh = nn.Parameter(torch.empty(rows, hidden_size).uniform_(-bound, bound))
        self.bias_ih = nn.Parameter(torch.empty(rows).uniform_(-bound, bound))
        self.bias_hh = nn.Parameter(torch.empty(rows).uniform_(-bound, bound))

    def start(self, x: Tensor) -> Any:
        """The state before the first step, zero, for inputs `x` (batch, ...)."""
        return x.new_zeros(len(x), self.hidden_size)


class RNNCell(_Cell):
    """h' = tanh(W x + b + U h + b') (Elman 1990)."""

    gates = 1

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """x (batch, input) and h (batch, hidden) -> h' (batch, hidden)."""
        return torch.tanh(linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh))


class GRUCell(_Cell):
    """Gated recurrent unit, gates in torch's order r, z, n.

        r = sigmoid(W_r x + b_r + U_r h + b'_r)
        z = sigmoid(W_z x + b_z + U_z h + b'_z)
        n = tanh(W_n x + b_n + U_n (r * h) + b'_n)       reset `before` the product (Cho et al. 2014, equation 8)
        n = tanh(W_n x + b_n + r * (U_n h + b'_n))       reset `after` it (torch.nn, cuDNN: one product for all)
        h' = (1 - z) * n + z * h

    The two are different networks: the same weights give different states.
    """

    gates = 3

    def __init__(self, input_size: int, hidden_size: int, reset: Literal["before", "after"] = "before") -> None:
        super().__init__(input_size, hidden_size)
        self.reset = reset

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """x (batch, input) and h (batch, hidden) -> h' (batch, hidden)."""
        both = 2 * self.hidden_size  # the rows of r and z
        from_x = linear(x, self.weight_ih, self.bias_ih)  # (batch, 3 * hidden)
        from_h = linear(h, self.weight_hh[:both], self.bias_hh[:both])
        r, z = torch.sigmoid(from_x[:, :both] + from_h).chunk(2, 1)
        weight, bias = self.weight_hh[both:], self.bias_hh[both:]
        recurrent = linear(r * h, weight, bias) if self.reset == "before" else r * linear(h, weight, bias)
        n = torch.tanh(from_x[:, both:] + recurrent)
        return (1 - z) * n + z * h


class LSTMCell(_Cell):
    """Long short-term memory with a forget gate (Gers et al. 2000), gates in torch's order i, f, g, o.

    i, f, o = sigmoid(W x + b + U h + b') and g = tanh(W x + b + U h + b'), each with its own rows of the weights
    c' = f * c + i * g
    h' = o * tanh(c')
    """

    gates = 4

    def start(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """h and c before the first step, zero, for inputs `x` (batch, ...)."""
        return super().start(x), super().start(x)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """x (batch, input) and (h, c), each (batch, hidden) -> (h', c')."""
        h, c = state
        i, f, g, o = (linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class Unrolled(nn.Module):
    """A cell applied to every step in turn: one set of parameters, however long the sequence."""

    def __init__(self, cell: RNNCell | GRUCell | LSTMCell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, inputs: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Run the loop over time.

        Args:
            inputs: (batch, steps, input_size), every sequence `steps` long.
            state: before the first step: h (batch, hidden), of an LSTM (h, c); None is zero.

        Returns:
            h after every step, (batch, steps, hidden), and the state after the last one, shaped like `state`.
        """
        state = self.cell.start(inputs) if state is None else state
        outputs = []
        for x in inputs.unbind(1):  # x: (batch, input_size)
            state = self.cell(x, state)  # the same weights at every step
            outputs.append(state[0] if isinstance(state, tuple) else state)
        return torch.stack(outputs, 1), state

    def gradients_by_step(self, inputs: Tensor, loss: Callable[[Tensor], Tensor]) -> dict[str, Tensor]:
        """What each step adds to the gradient of the shared weights, by giving every step a copy of its own.

        Args:
            inputs: (batch, steps, input_size).
            loss: of h after every step, (batch, steps, hidden) -> ().

        Returns:
            For each parameter (steps, *its shape). Their sum over the steps is the gradient that `forward` gives.
        """
        steps = inputs.shape[1]
        copies = {
            name: value.detach().expand(steps, *value.shape).clone().requires_grad_()
            for name, value in self.cell.named_parameters()
        }
        state, outputs = self.cell.start(inputs), []
        for step, x in enumerate(inputs.unbind(1)):
            state = functional_call(self.cell, {name: copy[step] for name, copy in copies.items()}, (x, state))
            outputs.append(state[0] if isinstance(state, tuple) else state)
        gradients = torch.autograd.grad(loss(torch.stack(outputs, 1)), list(copies.values()))
        return dict(zip(copies, gradients, strict=True))


CELLS = {"rnn": RNNCell, "gru": GRUCell, "lstm": LSTMCell}
