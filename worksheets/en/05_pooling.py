# %% [markdown]
# # Exercise 5. All the states instead of the last
#
# The classifier of exercise 3 reads a review word by word and decides by the network's **last state**. Here it decides
# by the states of **all** steps: first by their mean, then by a weighted sum whose weights are learnt as well.
#
# A review of 40 words shares its batch with one of 200. The 160 steps that it lacks are padding, and padding must not
# count: **the vector of a review has to be the same, alone or in company.**
#
# Fill in the blanks. The comparison at the end takes a minute.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence


# %% [markdown]
# ## The mask
#
# With lengths 2 and 3 and three steps, the mask is `[[True, True, False], [True, True, True]]`.
# %%
def real_steps(lengths: Tensor, steps: int) -> Tensor:
    """lengths (batch,) int64 -> (batch, steps) bool"""
    # Hint: compare torch.arange(steps) with the lengths stood up as a column.
    raise NotImplementedError("blank 1")


# %% [markdown]
# ## The mean
# %%
class MeanPooling(nn.Module):
    """states (batch, steps, size), lengths (batch,) -> (batch, size)"""

    def __init__(self, size: int) -> None:
        super().__init__()

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        # Hint: what is in the padding when you add up? And by how many steps do you divide?
        raise NotImplementedError("blank 2")


# %% [markdown]
# ## The weighted sum
#
# Every state $h_t$ gets a learnt score $e_t = v \cdot \tanh(W h_t + b)$, and the weights are their softmax: they add up
# to one over the real steps and are zero in the padding (Yang et al. 2016).
# %%
class WeightedSum(nn.Module):
    """states (batch, steps, size), lengths (batch,) -> (batch, size)"""

    def __init__(self, size: int) -> None:
        super().__init__()
        # Call the layers projection (W and b) and context (v).
        # Hint: two nn.Linear, one for W and b, one for v.
        raise NotImplementedError("blank 3")

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        # Hint: which score gives a weight of zero? Over which dimension does the softmax go?
        raise NotImplementedError("blank 4")


# %% [markdown]
# ## Do they beat the last state?
#
# Network, data and training are the same; only the way the states are combined changes. Before you run it, place a bet:
# which one wins, and why does the last state have a hard time?
# %%
class LastState(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        return states[torch.arange(len(lengths)), lengths - 1]


class Classifier(nn.Module):
    def __init__(self, words: int, pooling: nn.Module, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.lstm = nn.LSTM(size, size, batch_first=True)
        self.pooling = pooling
        self.output = nn.Linear(size, 2)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        return self.output(self.pooling(self.lstm(self.embedding(tokens))[0], lengths))


# %%
def read(split: str, reviews: int) -> tuple[list[Tensor], Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, reviews)
    # The end of a review says most: we keep its last 100 words.
    return [torch.tensor(row[-100:]) for row in table["tokens"].to_pylist()], torch.tensor(table["label"].to_pylist())


def batch_of(tokens: list[Tensor], rows: Tensor) -> tuple[Tensor, Tensor]:
    chosen = [tokens[row] for row in rows]
    return pad_sequence(chosen, batch_first=True), torch.tensor([len(one) for one in chosen])


def accuracy(model: nn.Module, tokens: list[Tensor], labels: Tensor) -> float:
    model.eval()
    with torch.inference_mode():
        guesses = [model(*batch_of(tokens, rows)).argmax(1) for rows in torch.arange(len(labels)).split(250)]
    return (torch.cat(guesses) == labels).float().mean().item()


def train(model: nn.Module, tokens: list[Tensor], labels: Tensor, epochs: int = 3) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(epochs):
        model.train()
        for rows in torch.randperm(len(labels)).split(64):
            optimizer.zero_grad()
            cross_entropy(model(*batch_of(tokens, rows)), labels[rows].long()).backward()
            optimizer.step()


if __name__ == "__main__":
    # Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/imdb"
    words = len(json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8")))
    train_set, validation_set = read("train", 2500), read("validation", 1000)
    for kind in (LastState, MeanPooling, WeightedSum):
        torch.manual_seed(1)
        model = Classifier(words, kind(32), 32)
        train(model, *train_set)
        print(f"{kind.__name__:12} {accuracy(model, *validation_set):.3f}")

# %% [markdown]
# ## To think about
#
# - One seed and a thousand reviews: how far do you trust a difference of one point? The checker, with `--train`, trains
#   your weighted sum with several seeds and gives an interval.
# - What does the mean lose that the last state keeps?

# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `my_pooling.py`:
#
#     rnn check 5 my_pooling.py
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro prepare@imdb
