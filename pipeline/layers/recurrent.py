"""Recurrent layers that honour lengths exactly and run on each device's fast kernel.

`RNN`, `LSTM` and `GRU` are `torch.nn`'s own modules with one change: they take a padded batch and its
lengths. Parameters and state dicts are torch.nn's, and so, to rounding, are the results on packed input.

On CUDA the batch is packed, because cuDNN takes packed input. On the CPU packed input takes a slow path, step
by step (pytorch/pytorch#149194), so the padded kernel runs instead, one layer and direction at a time:
steps after a sequence's end cannot reach steps before it, the backward direction reads each sequence
reversed within its own length, and the final state is the one at step length - 1.
"""

from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

Kernel = Literal["auto", "padded", "packed"]


def length_mask(lengths: Tensor, steps: int) -> Tensor:
    """True where a step belongs to its sequence.

    Args:
        lengths: (batch,) int64.
        steps: the padded length.

    Returns:
        (batch, steps) bool.
    """
    return torch.arange(steps, device=lengths.device) < lengths.unsqueeze(1)


def reversal(lengths: Tensor, steps: int) -> Tensor:
    """Indices (batch, steps) that reverse each sequence within its own length and leave padding in place."""
    position = torch.arange(steps, device=lengths.device).expand(len(lengths), steps)
    return torch.where(position < lengths.unsqueeze(1), lengths.unsqueeze(1) - 1 - position, position)


class _Lengths(nn.RNNBase):
    """What turns a torch.nn recurrent module (batch first) into one that takes lengths."""

    kernel: Kernel = "auto"
    _direction: Any  # one layer, one direction, over a padded batch: (output, final state)

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bidirectional: bool = False, dropout: float = 0.0
    ) -> None:
        between = dropout if num_layers > 1 else 0.0
        of_torch: Any = super().__init__  # such as nn.LSTM's
        of_torch(input_size, hidden_size, num_layers, batch_first=True, bidirectional=bidirectional, dropout=between)

    def forward(self, input, lengths, initial=None, need_cell=True):  # type: ignore[no-untyped-def]
        """Run the network over a padded batch.

        Args:
            input: (batch, steps, input_size); what lies in the padding does not matter, if it is finite.
            lengths: (batch,) int64, each from 1 to steps; None if no sequence is padded.
            initial: the state before the first step, (layers * directions, batch, hidden_size); an LSTM
                takes a pair (h, c) of them; None is zero.
            need_cell: an LSTM's final c of a padded batch takes some more work; False may leave it None.

        Returns:
            output: (batch, steps, directions * hidden_size), zero in the padding.
            final: the state after each sequence's last step (backward: after its first), shaped like `initial`.
        """
        if lengths is None:
            return super().forward(input, initial)
        if self.kernel == "packed" or (self.kernel == "auto" and input.is_cuda):
            return self._packed(input, lengths, initial)
        return self._padded(input, lengths, initial, need_cell)

    def _packed(self, input, lengths, initial):  # type: ignore[no-untyped-def]
        sequence = pack_padded_sequence(input, lengths.cpu(), batch_first=True, enforce_sorted=False)
        output, final = super().forward(sequence, initial)
        return pad_packed_sequence(output, batch_first=True, total_length=input.shape[1])[0], final

    def _padded(self, input, lengths, initial, need_cell):  # type: ignore[no-untyped-def]
        batch, steps, _ = input.shape
        directions = 2 if self.bidirectional else 1
        padding = ~length_mask(lengths, steps).unsqueeze(2)
        index = reversal(lengths, steps).unsqueeze(2)  # of the backward direction
        if initial is None:
            zero = input.new_zeros(self.num_layers * directions, batch, self.hidden_size)
            initial = (zero, zero) if self.mode == "LSTM" else zero
        finals = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                input = nn.functional.dropout(input, self.dropout, self.training)
            outputs = []
            for row in range(layer * directions, (layer + 1) * directions):
                backward = row % directions == 1
                x = input.gather(1, index.expand_as(input)) if backward else input
                weights = self._flat_weights[4 * row : 4 * row + 4]
                output, final = self._direction(x, padding if need_cell else None, lengths, weights, _row(initial, row))
                outputs.append(output.gather(1, index.expand_as(output)) if backward else output)
                finals.append(final)
            input = outputs[0] if directions == 1 else torch.cat(outputs, 2)
        if self.mode == "LSTM":
            final = torch.stack([h for h, _ in finals]), torch.stack([c for _, c in finals]) if need_cell else None
        else:
            final = torch.stack(finals)
        return input.masked_fill(padding, 0.0), final


class _Plain(_Lengths):
    """RNN and GRU: the final state is an output."""

    def _direction(self, x, padding, lengths, weights, initial):  # type: ignore[no-untyped-def]
        # These have no bf16 kernel on the CPU: autocast would only add conversions.
        with torch.autocast(x.device.type, enabled=False):
            kernel = {"GRU": torch.gru, "RNN_TANH": torch.rnn_tanh, "RNN_RELU": torch.rnn_relu}[self.mode]
            dtype = weights[0].dtype
            x, state = x.to(dtype), initial.unsqueeze(0).to(dtype)
            output, _ = kernel(x, state, weights, True, 1, 0.0, self.training, False, True)
        return output, last_step(output, lengths)


class RNN(_Plain, nn.RNN):
    """Elman network, `torch.nn.RNN` with lengths (Elman 1990)."""


class GRU(_Plain, nn.GRU):
    """Gated recurrent unit, `torch.nn.GRU` with lengths (Cho et al. 2014; as in cuDNN, r scales U h, not h)."""


class LSTM(_Lengths, nn.LSTM):
    """Long short-term memory, `torch.nn.LSTM` with lengths (Hochreiter & Schmidhuber 1997; Gers et al. 2000).

    The forget gate begins with a bias of 1, so that it is open and the cell remembers (Jozefowicz et al. 2015). torch's
    own begins near 0: half of the cell is gone after each step.
    """

    def reset_parameters(self) -> None:
        """torch's random weights, and the forget gate's two biases 1 and 0, which add up."""
        super().reset_parameters()
        self.set_forget_bias(1.0)

    def set_forget_bias(self, bias: float) -> None:
        """Let every forget gate begin with this bias."""
        forget = slice(self.hidden_size, 2 * self.hidden_size)  # gates in torch's order: input, forget, cell, output
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name.startswith("bias"):
                    parameter[forget] = bias if name.startswith("bias_ih") else 0.0

    def _direction(self, x, padding, lengths, weights, initial):  # type: ignore[no-untyped-def]
        """The kernel returns only the cell of the last padded step, so the padding must leave the cell alone.

        One more input is 1 in the padding and 0 elsewhere. Its weights hold the forget gate open and the input
        gate shut, to the last bit (the sigmoid of +-10,000 is 1 or 0), so c stays what it was at length - 1.
        It comes twice where that makes the width even: the bf16 kernel is three times as slow on an odd one.
        """
        h0, c0 = initial
        state = (h0.unsqueeze(0).to(x.dtype), c0.unsqueeze(0).to(x.dtype))
        if padding is None:
            output, _, _ = torch.lstm(x, state, weights, True, 1, 0.0, self.training, False, True)
            return output, (last_step(output, lengths), None)
        w_ih, *others = weights
        hold = w_ih.new_zeros(4, self.hidden_size)  # gates in torch's order: input, forget, cell, output
        hold[0], hold[1] = -1e4, 1e4
        more = 2 - x.shape[2] % 2
        w_ih = torch.cat([w_ih, hold.view(-1, 1).expand(-1, more)], 1)
        x = torch.cat([x, padding.to(x.dtype).expand(-1, -1, more)], 2)
        output, _, cell = torch.lstm(x, state, [w_ih, *others], True, 1, 0.0, self.training, False, True)
        return output, (last_step(output, lengths), cell.squeeze(0))


def lstm_step(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """One step of an LSTM from its gates before the nonlinearities.

    Args:
        gates: (batch, 4 * hidden), W x + U h + b in torch's order: input, forget, cell, output.
        cell: (batch, hidden), float32.

    Returns:
        The new h and c, (batch, hidden) each, float32.
    """
    i, f, g, o = gates.float().chunk(4, 1)
    cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(cell), cell


def _row(initial, row: int):  # type: ignore[no-untyped-def]
    return (initial[0][row], initial[1][row]) if isinstance(initial, tuple) else initial[row]


def last_step(output: Tensor, lengths: Tensor) -> Tensor:
    """What each sequence has at its last step: (batch, steps, features), (batch,) -> (batch, features)."""
    return output[torch.arange(len(lengths), device=output.device), lengths - 1]


CELLS = {"rnn": RNN, "gru": GRU, "lstm": LSTM}
