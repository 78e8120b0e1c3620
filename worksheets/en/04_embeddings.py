# %% [markdown]
# # Exercise 4. An embedding layer of your own
#
# A table with a vector for each word. It may begin at random or with trained vectors; it may be trained or stay frozen.
# And the row of padding (number 0) is special: it is zero, and **stays zero** in training.
# %%
import json
import time
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import PackedSequence, pad_sequence


# %% [markdown]
# ## The layer
# %%
class Embedding(nn.Module):
    """A table `weight` (words, size). vectors (words, size) is what it begins with; without them, at random."""

    def __init__(self, words: int, size: int, vectors: Tensor | None = None, frozen: bool = False) -> None:
        super().__init__()
        # Hint: copy the vectors you are given (they are not yours), set row 0 to zero, and make a nn.Parameter.
        raise NotImplementedError("blank 1")
        self.freeze(frozen)

    def freeze(self, frozen: bool = True) -> None:
        """Stop training the vectors, or train them again."""
        # Hint: requires_grad. And the gradient that the step before left?
        raise NotImplementedError("blank 2")

    def forward(self, tokens: Tensor | PackedSequence) -> Tensor | PackedSequence:
        """tokens of any shape (...) -> (..., size); a PackedSequence of tokens -> one of vectors"""
        if isinstance(tokens, PackedSequence):
            # Hint: only .data changes; batch_sizes, sorted_indices and unsorted_indices stay.
            raise NotImplementedError("blank 3")
        # Hint: index the table. So that padding gets no gradient, set it to zero after looking it up.
        raise NotImplementedError("blank 4")


# %% [markdown]
# ## Freeze or train?
#
# GloVe brings 400,000 words. Those that it does not know stay random. Accuracy and time are measured.
# %%
class Classifier(nn.Module):
    def __init__(self, embedding: nn.Module, size: int) -> None:
        super().__init__()
        self.embedding, self.output = embedding, nn.Linear(size, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        lengths = (tokens > 0).sum(1, keepdim=True)
        return self.output(self.embedding(tokens).sum(1) / lengths)


def read(split: str, reviews: int) -> tuple[Tensor, Tensor]:
    table = pa.ipc.open_file(PREPARED / f"imdb/{split}.arrow").read_all().slice(0, reviews)
    tokens = pad_sequence([torch.tensor(row[-100:]) for row in table["tokens"].to_pylist()], batch_first=True)
    return tokens, torch.tensor(table["label"].to_pylist()).long()


def glove(vocabulary: list[str]) -> Tensor:
    table = pa.ipc.open_file(PREPARED / "vectors/vectors.arrow").read_all()
    place = {word: row for row, word in enumerate(table["word"].to_pylist())}
    known = [row for row, word in enumerate(vocabulary) if word in place]
    size = len(table["vector"][0])
    values = torch.tensor(table["vector"].combine_chunks().flatten().to_numpy()).view(-1, size)
    vectors = torch.randn(len(vocabulary), size)
    vectors[known] = values[[place[vocabulary[row]] for row in known]]
    return vectors


if __name__ == "__main__":
    # Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    PREPARED = ROOT / "data/prepared"
    vocabulary = json.loads((PREPARED / "imdb/vocabulary.json").read_text(encoding="utf-8"))
    (tokens, labels), (unseen, truth), vectors = read("train", 4000), read("validation", 1000), glove(vocabulary)
    for name, start, frozen in (("random", None, False), ("glove", vectors, False), ("glove frozen", vectors, True)):
        torch.manual_seed(1)
        model = Classifier(Embedding(len(vocabulary), vectors.shape[1], start, frozen), vectors.shape[1])
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        began = time.perf_counter()
        for _ in range(5):
            for rows in torch.randperm(len(labels)).split(64):
                optimizer.zero_grad()
                cross_entropy(model(tokens[rows]), labels[rows]).backward()
                optimizer.step()
        with torch.inference_mode():
            accuracy = (model(unseen).argmax(1) == truth).float().mean().item()
        print(f"{name:12} {accuracy:.3f} {time.perf_counter() - began:.1f} s")

# %% [markdown]
# ## To think about
#
# - Why does freezing save time, although the table is read all the same?
# - How many reviews would it take for random vectors to catch up with GloVe's?

# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `my_embeddings.py`:
#
#     rnn check 4 my_embeddings.py
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro prepare@imdb prepare@vectors
