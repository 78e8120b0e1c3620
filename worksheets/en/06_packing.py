# %% [markdown]
# # Exercise 6. One by one, padded, packed
#
# Three ways to put sequences of different lengths through an LSTM. **They have to give the same**; what changes is the
# time. And a fourth idea, which leaves the network alone: to put sequences of similar lengths into a batch.
# %%
import time
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence


# %% [markdown]
# ## Three ways
#
# All return the hidden state after the last step of each sequence, `(batch, hidden)`, in the order given.
# %%
def one_by_one(lstm: nn.LSTM, sequences: list[Tensor]) -> Tensor:
    """sequences of (length, size) each -> (batch, hidden)"""
    # Hint: a sequence alone is a batch of one. With batch_first, what shape does h have?
    raise NotImplementedError("blank 1")


def padded(lstm: nn.LSTM, sequences: list[Tensor]) -> Tensor:
    """The same with one call of the LSTM on a padded batch, not packed"""
    # Hint: h has read the padding. In which column of the outputs is the last step of each row?
    raise NotImplementedError("blank 2")


def packed(lstm: nn.LSTM, sequences: list[Tensor]) -> Tensor:
    """The same with a packed batch"""
    # Hint: pack_padded_sequence sorts for you if you ask it to.
    raise NotImplementedError("blank 3")


# %% [markdown]
# ## Batches of similar lengths
# %%
def buckets(lengths: Tensor, batch_size: int) -> list[Tensor]:
    """lengths (rows,) -> row numbers of each batch: similar lengths together, every row once, the batches shuffled"""
    # Hint: argsort, split and torch.randperm. Why do the batches have to be shuffled?
    raise NotImplementedError("blank 4")


def waste(lengths: Tensor, batches: list[Tensor]) -> float:
    """The share of padding in all padded batches, 0 to 1"""
    # Hint: a batch takes its rows times the largest of their lengths.
    raise NotImplementedError("blank 5")


# %% [markdown]
# ## By the clock
#
# It matters where it runs: on a GPU, packing can be expected to save time (it was not measured here); on a CPU, PyTorch
# goes through what is packed step by step.
# %%
if __name__ == "__main__":
    # Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    table = pa.ipc.open_file(ROOT / "data/prepared/imdb/train.arrow").read_all().slice(0, 256)
    lengths = torch.tensor([len(row) for row in table["tokens"].to_pylist()]).clamp(max=300)
    torch.manual_seed(1)
    lstm = nn.LSTM(32, 32, batch_first=True)
    reviews = [torch.randn(length, 32) for length in lengths.tolist()]
    plain, like = [*torch.arange(len(lengths)).split(32)], buckets(lengths, 32)
    print(f"padding {waste(lengths, plain):.0%} {waste(lengths, like):.0%}")
    for way, batches in ((one_by_one, plain), (padded, plain), (packed, plain), (padded, like)):
        began = time.perf_counter()
        for rows in batches:
            lstm.zero_grad()
            way(lstm, [reviews[row] for row in rows]).sum().backward()
        print(f"{way.__name__:10} {time.perf_counter() - began:.2f} s")

# %% [markdown]
# ## To think about
#
# - If batches always have similar lengths, does the network see examples in an order that is quite random?
# - When would packing pay even on a CPU?

# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `my_packing.py`:
#
#     rnn check 6 my_packing.py
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro prepare@imdb
