# %% [markdown]
# # Exercise 1. Three hidden layers, one `nn.Linear`
#
# An input layer, three hidden layers that are **the same one**, and an output layer. ReLU after the input and after
# each hidden layer. The network reads handwritten digits.
# %%
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


# %% [markdown]
# ## The network
# %%
class SharedMLP(nn.Module):
    """pixels (batch, pixels) -> a score for each class (batch, classes)"""

    def __init__(self, pixels: int, hidden_size: int, classes: int) -> None:
        super().__init__()
        # Call the layers input, hidden and output.
        # Hint: how many nn.Linear are needed?
        raise NotImplementedError("blank 1")

    def forward(self, pixels: Tensor) -> Tensor:
        # Hint: the same layer, three times. cross_entropy does the softmax already.
        raise NotImplementedError("blank 2")


class SeparateMLP(nn.Module):
    """The same with three hidden layers of their own, `hidden` is a nn.ModuleList"""

    def __init__(self, pixels: int, hidden_size: int, classes: int) -> None:
        super().__init__()
        self.input = nn.Linear(pixels, hidden_size)
        self.output = nn.Linear(hidden_size, classes)
        # Hint: what happens to an ordinary list of layers in a nn.Module?
        raise NotImplementedError("blank 3")

    def forward(self, pixels: Tensor) -> Tensor:
        raise NotImplementedError("blank 4")


# %% [markdown]
# ## How many numbers are learnt?
# %%
def count(model: nn.Module) -> int:
    """How many numbers the model learns; a shared one counts once"""
    # Hint: model.parameters() gives each parameter once. How many numbers does a parameter hold?
    raise NotImplementedError("blank 5")


# %%
def read(split: str, images: int) -> tuple[Tensor, Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, images)
    labels = torch.tensor(table["label"].to_pylist()).long()
    pixels = torch.tensor(table["pixels"].combine_chunks().flatten().to_numpy(zero_copy_only=False))
    return pixels.view(len(labels), -1).float() / 255, labels


if __name__ == "__main__":
    # Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/digits"
    (images, labels), (unseen, truth) = read("train", 10_000), read("validation", 2000)
    for kind in (SharedMLP, SeparateMLP):
        torch.manual_seed(1)
        model = kind(images.shape[1], 128, 10)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
        for _ in range(5):
            for rows in torch.randperm(len(labels)).split(128):
                optimizer.zero_grad()
                cross_entropy(model(images[rows]), labels[rows]).backward()
                optimizer.step()
        with torch.inference_mode():
            accuracy = (model(unseen).argmax(1) == truth).float().mean().item()
        print(f"{kind.__name__:12} {count(model):7} {accuracy:.3f}")

# %% [markdown]
# ## To think about
#
# - The gradient of the shared layer is a sum of three. What does that mean for the learning rate?
# - What has this to do with a recurrent network?

# %% [markdown]
# ## Check your solution
#
# In a terminal, with the project's environment activated and this worksheet copied as `my_shared_mlp.py`:
#
#     rnn check 1 my_shared_mlp.py
#
# The experiment reads prepared data; if they are missing:
#
#     dvc repro prepare@digits
