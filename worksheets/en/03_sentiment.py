# %% [markdown]
# # Exercise 3. A positive or a negative review?
#
# From a text to a decision: words, numbers, a rectangular batch, a recurrent network, its last state. The reviews in a
# batch have different lengths; in the last column, most of them have padding. Packing (`pack_padded_sequence`)
# tells the network where each one ends.
# %%
import json
import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence


# %% [markdown]
# ## Words and vocabulary
#
# `<pad>` is always number 0, and `<unk>`, the unknown word, number 1.
# %%
def tokenise(text: str) -> list[str]:
    """ "It's great!" -> ["it's", "great", "!"]"""
    # Hint: lower case, and a regular expression: letters, digits and apostrophes in a row, or else a single mark
    # that is none of them and no space.
    raise NotImplementedError("blank 1")


def vocabulary_of(texts: list[list[str]], size: int) -> list[str]:
    """`<pad>`, `<unk>`, then the commonest words, the commonest first: `size` in all at most"""
    # Hint: Counter.most_common. How many places are left for words?
    raise NotImplementedError("blank 2")


def encode(words: list[str], vocabulary: list[str]) -> Tensor:
    """Words -> their numbers (words,) int64"""
    # Hint: which number does a word outside the vocabulary get?
    raise NotImplementedError("blank 3")


def pad(reviews: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Reviews of different lengths -> tokens (batch, steps) with 0 in the padding, lengths (batch,)"""
    # Hint: torch.zeros(..., dtype=torch.int64), and each review at the beginning of its row.
    raise NotImplementedError("blank 4")


# %% [markdown]
# ## The network
# %%
class Classifier(nn.Module):
    """tokens (batch, steps), lengths (batch,) -> scores of the two classes (batch, 2)"""

    def __init__(self, words: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.lstm = nn.LSTM(size, size, batch_first=True)
        self.output = nn.Linear(size, 2)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        # Hint: enforce_sorted=False; the LSTM returns (outputs, (h, c)). What is h[-1]?
        raise NotImplementedError("blank 5")


# %% [markdown]
# ## Train and evaluate
#
# The prepared data are numbers already, with the project's vocabulary.
# %%
def read(split: str, reviews: int) -> tuple[list[Tensor], Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, reviews)
    return [torch.tensor(row[-60:]) for row in table["tokens"].to_pylist()], torch.tensor(table["label"].to_pylist())


if __name__ == "__main__":
    # Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/imdb"
    vocabulary = json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8"))
    (reviews, labels), (unseen, truth) = read("train", 4000), read("validation", 1000)
    torch.manual_seed(1)
    model = Classifier(len(vocabulary), 32)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for epoch in range(1, 5):
        for rows in torch.randperm(len(labels)).split(64):
            loss = cross_entropy(model(*pad([reviews[row] for row in rows])), labels[rows].long())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.inference_mode():
            print(epoch, f"{(model(*pad(unseen)).argmax(1) == truth).float().mean().item():.3f}")
    with torch.inference_mode():
        for text in ("A quiet film that stays with you.", "Dull, and far too long."):
            tokens, lengths = pad([encode(tokenise(text), vocabulary)])
            print(f"{model(tokens, lengths).softmax(1)[0, 1].item():.2f}", text)

# %% [markdown]
# ## To think about
#
# - Put the last column of the outputs, without packing, in the place of `h[-1]`. How much is lost? In which reviews?
# - Why is the vocabulary counted in the training texts alone?

# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `my_sentiment.py`:
#
#     rnn check 3 my_sentiment.py
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro prepare@imdb
