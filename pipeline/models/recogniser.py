"""Recognition of spoken words: acoustic frames -> stack of recurrent layers -> mean state -> word (exercise 9)."""

import torch
from torch import Tensor, nn

from pipeline.layers.recurrent import CELLS


class Recogniser(nn.Module):
    """A stack of bidirectional recurrent layers over the frames of a recording (Graves et al. 2013).

    The layers are modules of their own, not one module with `num_layers`, so that the states of each can be read.

    Args:
        dimensions: of a frame.
        classes: number of words.
        hidden_size: of each direction of each layer.
        layers: number of recurrent layers.
        cell: `rnn`, `gru` or `lstm`.
        dropout: probability of zeroing a feature of what each layer gives to the next, and of the mean state.
    """

    def __init__(self, dimensions: int, classes: int, hidden_size: int, layers: int, cell: str, dropout: float) -> None:
        super().__init__()
        sizes = [dimensions] + [2 * hidden_size] * layers
        self.layers = nn.ModuleList(CELLS[cell](size, hidden_size, bidirectional=True) for size in sizes[:-1])
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(sizes[-1], classes)

    def forward(self, frames: Tensor, lengths: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Recognise a padded batch.

        Args:
            frames: (batch, steps, dimensions).
            lengths: (batch,) int64, from 1 to steps.

        Returns:
            logits (batch, classes), and for every layer the mean of its states, (batch, 2 * hidden_size) float32.
        """
        states, means = frames, []
        for number, layer in enumerate(self.layers):
            states, _ = layer(self.dropout(states) if number else states, lengths, need_cell=False)
            means.append(states.float().sum(1) / lengths.unsqueeze(1))  # states are zero in the padding
        return self.output(self.dropout(means[-1])), means


class MeanCepstra(nn.Module):
    """What there is to beat: a linear map of the mean and the standard deviation of a recording's frames.

    Args:
        dimensions: of a frame.
        classes: number of words.
    """

    def __init__(self, dimensions: int, classes: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList()  # none of them recurrent
        self.output = nn.Linear(2 * dimensions, classes)

    def forward(self, frames: Tensor, lengths: Tensor) -> tuple[Tensor, list[Tensor]]:
        """As `Recogniser.forward`; there are no layers whose states have a mean."""
        return self.output(moments(frames, lengths)), []


def moments(frames: Tensor, lengths: Tensor) -> Tensor:
    """Mean and standard deviation of every dimension over a recording's frames.

    Args:
        frames: (batch, steps, dimensions), zero in the padding.
        lengths: (batch,) int64.

    Returns:
        (batch, 2 * dimensions).
    """
    count = lengths.unsqueeze(1)
    mean = frames.sum(1) / count
    variance = frames.square().sum(1) / count - mean.square()
    return torch.cat([mean, variance.clamp_min(0.0).sqrt()], 1)
