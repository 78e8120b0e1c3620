# %% [markdown]
# # Exercise 0. Is the sum even?
#
# The sheet's example: a sequence of digits, is its sum even or odd? It is enough to remember **one bit**, and to turn
# it over at each odd digit. The sheet's example never learnt it; here it is learnt. Two traps: the digit 0 is not
# padding, and the last step is not the last column.
# %%
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


# %% [markdown]
# ## A batch
# %%
def batch_of(sequences: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Digits 0 to 9 -> tokens (batch, steps): the digit plus one, 0 in the padding; lengths (batch,); int64"""
    # Hint: torch.zeros(..., dtype=torch.int64).
    raise NotImplementedError("blank 1")


def odd(tokens: Tensor) -> Tensor:
    """tokens as above -> 1 where the sum of the digits is odd, else 0 (batch,) int64"""
    # Hint: what does a token of padding add? And one that is digit plus one?
    raise NotImplementedError("blank 2")


# %% [markdown]
# ## The network
# %%
class Parity(nn.Module):
    """tokens (batch, steps), lengths (batch,) -> scores of even and odd (batch, 2)"""

    def __init__(self, size: int) -> None:
        super().__init__()
        # Call the layers embedding, gru and output; the GRU has one layer and one direction.
        # Hint: how many different tokens are there, with padding?
        raise NotImplementedError("blank 3")

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        # Hint: the output of each row's last step, with two indices at once.
        raise NotImplementedError("blank 4")


# %% [markdown]
# ## From short to long
#
# Begin with sequences of one or two digits, and let them grow. Then it is tried on a hundred digits, more than the
# network has ever seen.
# %%
def read(split: str, sequences: int) -> list[list[int]]:
    return pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, sequences)["digits"].to_pylist()


if __name__ == "__main__":
    # Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/parity"
    sequences = read("train", 10_000)
    torch.manual_seed(1)
    model = Parity(16)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.03)
    for longest in (2, 2, 3, 4, 5, 6, 8, 10, 10, 10):
        short = [sequence[:longest] for sequence in sequences]
        for rows in torch.randperm(len(short)).split(64):
            tokens, lengths = batch_of([short[row] for row in rows])
            loss = cross_entropy(model(tokens, lengths), odd(tokens))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        print(longest, f"{loss.item():.3f}")
    with torch.inference_mode():
        for split in ("test_10", "test_100"):
            tokens, lengths = batch_of(read(split, 500))
            print(split, f"{(model(tokens, lengths).argmax(1) == odd(tokens)).float().mean().item():.3f}")

# %% [markdown]
# ## To think about
#
# - Why is the mean of the states no use here?
# - Take the growing away and begin with ten digits. What does the gradient see?

# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `my_parity.py`:
#
#     rnn check 0 my_parity.py
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro prepare@parity
