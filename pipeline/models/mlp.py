"""A fully connected classifier whose hidden layers share one set of weights or have their own (exercise 1)."""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn


class MLP(nn.Module):
    """pixels -> hidden layers of one width, ReLU -> classes.

    The map from the pixels to the first hidden layer has a shape of its own. Those between hidden layers,
    `hidden_layers - 1` of them, are alike, so that one `nn.Linear` can serve for all.

    Args:
        pixels: of an image.
        classes: number of classes.
        hidden_size: units of a hidden layer.
        hidden_layers: at least 2.
        shared: whether one `nn.Linear` is used between all hidden layers, or each has its own.
        dropout: probability of zeroing a hidden unit.
        mean, sd: of the training images' pixels, 0 to 255.
    """

    def __init__(
        self,
        pixels: int,
        classes: int,
        hidden_size: int,
        hidden_layers: int,
        shared: bool,
        dropout: float,
        mean: float,
        sd: float,
    ) -> None:
        super().__init__()
        self.uses = hidden_layers - 1
        self.mean, self.sd = mean, sd
        self.input = nn.Linear(pixels, hidden_size)
        self.hidden = nn.ModuleList(nn.Linear(hidden_size, hidden_size) for _ in range(1 if shared else self.uses))
        self.output = nn.Linear(hidden_size, classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, pixels: Tensor) -> Tensor:
        """Classify.

        Args:
            pixels: (batch, pixels), 0 to 255, of any type.

        Returns:
            logits (batch, classes) float32.
        """
        return self._through(pixels, self._by_use())

    def gradients_by_use(self, pixels: Tensor, loss: Callable[[Tensor], Tensor]) -> Tensor:
        """What each use of a hidden matrix adds to its gradient, by giving every use a copy of its own.

        Args:
            pixels: (batch, pixels).
            loss: of the logits (batch, classes) -> ().

        Returns:
            (uses, hidden, hidden), from the first use to the last. Their sum is the gradient of a shared matrix;
            separate ones have one use each.
        """
        layers = [copy.deepcopy(layer) for layer in self._by_use()]
        gradients = torch.autograd.grad(
            loss(self._through(pixels, layers)), [layer.get_parameter("weight") for layer in layers]
        )
        return torch.stack(gradients)

    def _by_use(self) -> list[nn.Module]:
        """The hidden layer of every use: the same one every time, if it is shared."""
        return [self.hidden[use % len(self.hidden)] for use in range(self.uses)]

    def _through(self, pixels: Tensor, layers: Sequence[nn.Module]) -> Tensor:
        units = self.dropout(torch.relu(self.input((pixels.float() - self.mean) / self.sd)))  # (batch, hidden)
        for layer in layers:
            units = self.dropout(torch.relu(layer(units)))
        return self.output(units).float()
