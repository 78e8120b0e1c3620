# %% [markdown]
# # Exercise 2. A recurrent network by hand
#
# Without `nn.RNN`: three parameters and a loop. At each step $h_t = \tanh(W x_t + U h_{t-1} + b)$, with $h_0 = 0$. The
# same $W$, $U$ and $b$ serve every step: **this is where weights are shared**. The network forecasts how many spots the
# Sun will have next year.
# %%
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss


# %% [markdown]
# ## The cell and the loop
# %%
class RNN(nn.Module):
    """inputs (batch, steps, input_size) -> the state after every step (batch, steps, hidden_size)"""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        # Names and shapes: W (hidden_size, input_size), U (hidden_size, hidden_size), b (hidden_size,).
        # Hint: nn.Parameter, with random numbers between −1/√hidden_size and 1/√hidden_size.
        raise NotImplementedError("blank 1")

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """x (batch, input_size), h (batch, hidden_size) -> the new h (batch, hidden_size)"""
        # Hint: each row of the batch is a vector. On which side is it multiplied, and by what transposed?
        raise NotImplementedError("blank 2")

    def forward(self, inputs: Tensor) -> Tensor:
        # Hint: begin with a state of zeros; keep the state of every step, and join them with torch.stack.
        raise NotImplementedError("blank 3")


# %% [markdown]
# ## The same weights at every step
#
# How many parameters there are does not depend on how many steps there are. And the gradient of a weight is the sum of
# what each step adds. What a distant step adds is multiplied once for each step in between: so it may grow, or vanish.
# %%
class Forecaster(nn.Module):
    """values (batch, years) -> the next value (batch,)"""

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.rnn = RNN(1, hidden_size)
        self.output = nn.Linear(hidden_size, 1)

    def forward(self, values: Tensor) -> Tensor:
        # Hint: the RNN wants (batch, steps, 1). The state of which step has seen all years?
        raise NotImplementedError("blank 4")


# %%
if __name__ == "__main__":
    # Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    table = pa.ipc.open_file(ROOT / "data/prepared/series/sunspots.arrow").read_all()
    spots = torch.tensor(table["value"].to_pylist())
    # 24 years, and the one to forecast.
    windows = (spots / 50 - 1).unfold(0, 25, 1)
    cut = len(windows) * 4 // 5
    years, targets = windows[:, :-1], windows[:, -1]

    torch.manual_seed(1)
    model = Forecaster(8)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(1, 201):
        loss = mse_loss(model(years[:cut]), targets[:cut])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 50 == 0:
            print(epoch, f"{50 * loss.item() ** 0.5:.1f}")
    with torch.inference_mode():
        for name, forecast in (("RNN", model(years[cut:])), ("last year", years[cut:, -1])):
            print(f"{name:10} {50 * mse_loss(forecast, targets[cut:]).item() ** 0.5:.1f}")

# %% [markdown]
# ## To think about
#
# - How many parameters would the network have if each of the 24 steps had its own?
# - What does the network forecast for a series that is not 24 years long? Does anything have to change?

# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `my_next_value.py`:
#
#     rnn check 2 my_next_value.py
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro prepare@series
