"""What the next value of a series will be: a recurrent network, and what it must beat (exercise 2).

Every model has `forecast`: the values so far (batch, steps), float64, in the series' unit -> the next one (batch,).
"""

from torch import Tensor, nn

from pipeline.layers.cells import CELLS, Unrolled


class Forecaster(nn.Module):
    """A hand-written recurrent network that reads the series one value a step.

    Counts vary the more the larger they are, their square roots about equally (Bartlett 1936): the network reads
    standardised roots, adds to the last one the change it expects, and squares the sum. Its numbers are float64: that
    costs so small a network nothing and keeps it out of bf16.

    Args:
        cell: `rnn`, `gru` (reset before the product, as in the paper) or `lstm`.
        hidden_size: of the state.
        dropout: probability of zeroing a feature of the state on its way to the forecast.
        mean, sd: of the training values' square roots.
    """

    def __init__(self, cell: str, hidden_size: int, dropout: float, mean: float, sd: float) -> None:
        super().__init__()
        self.recurrent = Unrolled(CELLS[cell](1, hidden_size))
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden_size, 1)
        self.mean, self.sd = mean, sd
        self.double()

    def forward(self, values: Tensor) -> Tensor:
        """At every step the next value, from those so far: (batch, steps) -> (batch, steps), the series' unit."""
        states, _ = self.recurrent(self.scaled(values))  # (batch, steps, hidden)
        return self.read_out(values, states)

    def scaled(self, values: Tensor) -> Tensor:
        """What the network reads: (batch, steps) -> (batch, steps, 1), standardised square roots."""
        return ((values.sqrt() - self.mean) / self.sd).unsqueeze(2)

    def read_out(self, values: Tensor, states: Tensor) -> Tensor:
        """The next values, from the last ones (batch, steps) and the states after them (batch, steps, hidden)."""
        roots = self.scaled(values) + self.output(self.dropout(states))  # (batch, steps, 1)
        return (roots.squeeze(2) * self.sd + self.mean).clamp(min=0).square()

    def forecast(self, values: Tensor) -> Tensor:
        """(batch, steps) -> (batch,), the series' unit."""
        return self(values)[:, -1]


class Persistence(nn.Module):
    """As before: the next value is the last one."""

    def forecast(self, values: Tensor) -> Tensor:
        """(batch, steps) -> (batch,), the series' unit."""
        return values[:, -1]


class Autoregression(nn.Module):
    """A weighted sum of the last values, plus a constant (Yule 1927, who invented it for sunspots).

    Args:
        lags: how many values.
        roots: whether of their square roots; the sum is squared then.
    """

    def __init__(self, lags: int, roots: bool) -> None:
        super().__init__()
        self.lags, self.roots = lags, roots
        self.sum = nn.Linear(lags, 1).double()  # weights from the oldest value to the newest

    def forecast(self, values: Tensor) -> Tensor:
        """(batch, steps), steps at least `lags` -> (batch,), the series' unit."""
        last = values[:, -self.lags :]
        return self.sum(last.sqrt()).squeeze(1).clamp(min=0).square() if self.roots else self.sum(last).squeeze(1)
