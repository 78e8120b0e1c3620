# %% [markdown]
# # Exercise 10. Entities, in one direction and in both
#
# A tag for each word: person, place, organisation, or something else. Sometimes what decides is to the right:
# *Washington* said, *Washington* D.C. A bidirectional network reads from the end as well. In a padded batch "the end"
# of each sentence is somewhere else, and **the loss counts real words alone**.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


# %% [markdown]
# ## The network
# %%
class Tagger(nn.Module):
    """words (batch, steps), lengths (batch,) -> scores of the tags of every word (batch, steps, tags)"""

    def __init__(self, words: int, size: int, tags: int, bidirectional: bool) -> None:
        super().__init__()
        # Call the layers embedding, lstm and output.
        # Hint: how large is a state that is read in both directions?
        raise NotImplementedError("blank 1")

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        # Hint: pack, and unpack the outputs with total_length.
        raise NotImplementedError("blank 2")


# %% [markdown]
# ## Loss and accuracy, by word
# %%
def loss_of(scores: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
    """scores (batch, steps, tags), tags (batch, steps), lengths (batch,) -> mean cross-entropy of the real words ()"""
    # Hint: a mask (batch, steps) serves as an index: scores[mask] has the shape (words, tags).
    raise NotImplementedError("blank 3")


def accuracy_of(scores: Tensor, tags: Tensor, lengths: Tensor) -> float:
    """The share of real words that get their tag"""
    raise NotImplementedError("blank 4")


# %% [markdown]
# ## One direction or two?
#
# Words outside entities are tagged O; the other tags are `B-PER`, `I-PER` and so on. Always answering O is right for
# 83% of the words, so accuracy is measured on the other words alone.
# %%
def read(split: str, sentences: int) -> tuple[Tensor, Tensor, Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, sentences)
    words = [torch.tensor(row) for row in table["tokens"].to_pylist()]
    tags = [torch.tensor(row) for row in table["tags"].to_pylist()]
    lengths = torch.tensor([len(row) for row in words])
    return pad_sequence(words, batch_first=True), pad_sequence(tags, batch_first=True).long(), lengths


if __name__ == "__main__":
    # Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/conll2003"
    names = json.loads((DATA / "meta.json").read_text(encoding="utf-8"))["tags"]
    vocabulary = json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8"))
    (words, tags, lengths), (unseen, truth, unseen_lengths) = read("train", 4000), read("validation", 1000)
    entity = truth != names.index("O")
    for bidirectional in (False, True):
        torch.manual_seed(1)
        model = Tagger(len(vocabulary), 48, len(names), bidirectional)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(4):
            for rows in torch.randperm(len(lengths)).split(64):
                steps = int(lengths[rows].max())
                scores = model(words[rows, :steps], lengths[rows])
                optimizer.zero_grad()
                loss_of(scores, tags[rows, :steps], lengths[rows]).backward()
                optimizer.step()
        with torch.inference_mode():
            scores = model(unseen, unseen_lengths)
        right = (scores.argmax(2) == truth)[entity].float().mean().item()
        print(bidirectional, f"{accuracy_of(scores, truth, unseen_lengths):.3f} {right:.3f}")

# %% [markdown]
# ## To think about
#
# - Why does the report count whole entities, and not words?
# - Could you use a bidirectional network to predict the next word?

# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `my_tagging.py`:
#
#     rnn check 10 my_tagging.py
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro prepare@conll2003
