# %% [markdown]
# # Exercise 9. Spoken digits, with several layers
#
# A recording is a sequence of frames; a frame, a few numbers (MFCCs). A network of **three layers** reads it: the
# second reads the states of the first, the third those of the second. The last state of the top layer decides.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence


# %% [markdown]
# ## Normalise each recording
#
# A loud voice and a soft one say the same. Subtract each recording's mean and divide by its standard deviation (the one
# that divides by length, not by length - 1), coefficient by coefficient. Padding does not count, and ends up as zero.
# %%
def normalised(frames: Tensor, lengths: Tensor) -> Tensor:
    """frames (batch, steps, size), lengths (batch,) -> the same shape; divide by the deviation plus 0.00001"""
    # Hint: a mask (batch, steps, 1). The deviation: the root of the mean of squares, over length steps.
    raise NotImplementedError("blank 1")


# %% [markdown]
# ## The network
# %%
class Recogniser(nn.Module):
    """frames (batch, steps, size), lengths (batch,) -> scores of the words (batch, words)"""

    def __init__(self, size: int, hidden_size: int, words: int, layers: int = 3) -> None:
        super().__init__()
        # Call the LSTM lstm, and the output layer output.
        # Hint: nn.LSTM knows how to stack layers.
        raise NotImplementedError("blank 2")

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        # Hint: h has the shape (layers, batch, hidden). Which one is the top layer?
        raise NotImplementedError("blank 3")


# %% [markdown]
# ## What do more layers buy?
# %%
def read(split: str, recordings: int) -> tuple[Tensor, Tensor, Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all()
    table = table.take(torch.randperm(len(table))[:recordings].tolist())
    size = json.loads((DATA / "meta.json").read_text(encoding="utf-8"))["dimensions"]
    frames = [torch.tensor(row).view(-1, size) for row in table["features"].to_pylist()]
    lengths = torch.tensor([len(one) for one in frames])
    return pad_sequence(frames, batch_first=True), lengths, torch.tensor(table["label"].to_pylist()).long()


if __name__ == "__main__":
    # Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/speech"
    torch.manual_seed(1)
    (frames, lengths, labels), (unseen, unseen_lengths, truth) = read("train", 1200), read("validation", 600)
    frames, unseen = normalised(frames, lengths), normalised(unseen, unseen_lengths)
    for layers in (1, 3):
        torch.manual_seed(1)
        model = Recogniser(frames.shape[2], 32, int(labels.max()) + 1, layers)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(8):
            for rows in torch.randperm(len(labels)).split(64):
                optimizer.zero_grad()
                cross_entropy(model(frames[rows], lengths[rows]), labels[rows]).backward()
                optimizer.step()
        with torch.inference_mode():
            accuracy = (model(unseen, unseen_lengths).argmax(1) == truth).float().mean().item()
        print(layers, f"{accuracy:.3f}")

# %% [markdown]
# ## To think about
#
# - Three layers have more parameters than one. How would you know whether depth helps, or just size?
# - What is lost when each recording's mean is subtracted?

# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `my_speech.py`:
#
#     rnn check 9 my_speech.py
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro prepare@speech
