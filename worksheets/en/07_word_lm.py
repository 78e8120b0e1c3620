# %% [markdown]
# # Exercise 7. The next word
#
# Lines of Shakespeare, of different lengths, in padded batches. From each word the next is predicted, so input and
# output are the same line, shifted. The state may pass from one batch to the next: then its **numbers** have to be
# carried, but not the history of how they were computed.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


# %% [markdown]
# ## Input and output
#
# The line `7 9 4` with end of line 2 gives the input `7 9 4` and the output `9 4 2`.
# %%
def shifted(lines: list[Tensor], end: int) -> tuple[Tensor, Tensor, Tensor]:
    """Lines of words -> inputs (batch, steps) and targets (batch, steps) with 0 in the padding, lengths (batch,)"""
    # Hint: two matrices of zeros, int64; fill them row by row.
    raise NotImplementedError("blank 1")


# %% [markdown]
# ## The network
# %%
class LanguageModel(nn.Module):
    """inputs (batch, steps), lengths (batch,), state (1, batch, size) -> scores (batch, steps, words), new state"""

    def __init__(self, words: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.gru = nn.GRU(size, size, batch_first=True)
        self.output = nn.Linear(size, words)

    def forward(self, inputs: Tensor, lengths: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        # Hint: the GRU takes the initial state as its second argument; None is zero.
        raise NotImplementedError("blank 2")


def carried(state: Tensor) -> Tensor:
    """The state for the next batch: the same numbers, without their history"""
    # Hint: without it, backward would go through all batches before.
    raise NotImplementedError("blank 3")


# %% [markdown]
# ## Loss and perplexity
# %%
def loss_of(scores: Tensor, targets: Tensor) -> tuple[Tensor, int]:
    """scores (batch, steps, words), targets (batch, steps) -> the SUM of the cross-entropy, how many words it is of"""
    # Hint: why the sum, if batches have different numbers of words? ignore_index.
    raise NotImplementedError("blank 4")


def perplexity(losses: list[float], words: list[int]) -> float:
    """Of many batches, from their summed losses and their numbers of words"""
    # Hint: the exponential of the mean by word.
    raise NotImplementedError("blank 5")


# %%
def read(split: str, lines: int) -> list[Tensor]:
    table = pa.ipc.open_file(DATA / f"words_{split}.arrow").read_all().slice(0, lines)
    return [torch.tensor(row[:30]) for row in table["tokens"].to_pylist() if row]


def run(model: LanguageModel, lines: list[Tensor], optimizer: torch.optim.Optimizer | None = None) -> float:
    # Row i of each batch goes on where row i of the one before ended.
    batch = min(32, len(lines))
    streams = len(lines) // batch
    state, losses, words = None, [], []
    for place in range(streams):
        inputs, targets, lengths = shifted([lines[row * streams + place] for row in range(batch)], END)
        scores, state = model(inputs, lengths, state)
        state = carried(state)
        loss, count = loss_of(scores, targets)
        if optimizer is not None:
            optimizer.zero_grad()
            (loss / count).backward()
            optimizer.step()
        losses.append(loss.item())
        words.append(count)
    return perplexity(losses, words)


if __name__ == "__main__":
    # Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/shakespeare"
    vocabulary = json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8"))
    END = vocabulary.index("<eos>")
    torch.manual_seed(1)
    model = LanguageModel(len(vocabulary), 48)
    print(f"train {run(model, read('train', 6000), torch.optim.Adam(model.parameters(), lr=0.01)):.0f}")
    with torch.inference_mode():
        print(f"validation {run(model, read('validation', 1000)):.0f}")

# %% [markdown]
# ## To think about
#
# - What perplexity would a model have if it gave every word the same probability?
# - Take `carried` away and always put `None`. How much does the line before matter?

# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `my_word_lm.py`:
#
#     rnn check 7 my_word_lm.py
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro prepare@shakespeare
