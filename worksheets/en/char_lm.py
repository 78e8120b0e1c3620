# %% [markdown]
# # Additional challenge. A network that writes like Shakespeare
#
# Letter by letter. The text is cut into several **streams** that are read at once, and each batch goes on where the one
# before ended: so the state passes from batch to batch. To write, the network reads a seed, and then its own letters.
# %%
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


# %% [markdown]
# ## Streams
#
# The text `0 1 2 3 4 5 6 7 8` in 2 streams, with batches of 2 steps: first `0 1` and `4 5`, then `2 3` and `6 7`. The
# targets are one letter ahead: `1 2` and `5 6`, then `3 4` and `7 8`.
# %%
def streams(text: Tensor, count: int, steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    """text (letters,) -> batches of inputs (count, steps) and targets (count, steps); what is left over is dropped"""
    # Hint: how many letters does each stream get, if the last target has to exist as well?
    raise NotImplementedError("blank 1")


# %% [markdown]
# ## The network
# %%
class Writer(nn.Module):
    """letters (batch, steps), state -> scores (batch, steps, letters), the state after the last step"""

    def __init__(self, letters: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(letters, size)
        self.lstm = nn.LSTM(size, size, batch_first=True)
        self.output = nn.Linear(size, letters)

    def forward(
        self, letters: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        # Hint: the state of an LSTM is a pair (h, c).
        raise NotImplementedError("blank 2")


def carried(state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """The state for the next batch: the same numbers, without their history"""
    raise NotImplementedError("blank 3")


# %% [markdown]
# ## Writing
#
# The temperature divides the scores: near 0 it is always the likeliest letter; at 1, each letter comes with its
# probability.
# %%
def draw(scores: Tensor, temperature: float) -> Tensor:
    """scores (letters,) -> the number of a letter, drawn by its probability ()"""
    # Hint: softmax and torch.multinomial.
    raise NotImplementedError("blank 4")


def write(model: nn.Module, seed: Tensor, length: int, temperature: float) -> list[int]:
    """seed (letters,) -> the numbers of `length` new letters"""
    # Hint: first the whole seed, at once; then each new letter, with the state before.
    raise NotImplementedError("blank 5")


# %%
if __name__ == "__main__":
    # Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/shakespeare"
    alphabet = json.loads((DATA / "characters.json").read_text(encoding="utf-8"))
    table = pa.ipc.open_file(DATA / "characters_train.arrow").read_all().slice(0, 300_000)
    text = torch.tensor(table["character"].to_numpy()).long()
    torch.manual_seed(1)
    model = Writer(len(alphabet), 96)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(2):
        state = None
        for inputs, targets in streams(text, 16, 50):
            scores, state = model(inputs, state)
            state = carried(state)
            loss = cross_entropy(scores.flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"{loss.item():.2f}")
    seed = torch.tensor([alphabet.index(letter) for letter in "ROMEO" if letter in alphabet])
    for temperature in (0.5, 1.0):
        print("".join(alphabet[letter] for letter in write(model, seed, 150, temperature)))

# %% [markdown]
# ## To think about
#
# - What does the temperature change in the text, and why?
# - Take batches of 5 steps, and of 200. How far does the gradient reach in each case? And the state?

# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `my_char_lm.py`:
#
#     rnn check char_lm my_char_lm.py
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro prepare@shakespeare
