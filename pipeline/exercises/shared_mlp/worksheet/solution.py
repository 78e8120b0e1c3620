# %% [markdown] lang="es"
# # Ejercicio 1. Tres capas ocultas, un solo `nn.Linear`
#
# Una capa de entrada, tres capas ocultas que son **la misma**, y una de salida. ReLU detrás de la entrada y detrás de
# cada capa oculta. La red lee dígitos escritos a mano.
# %% [markdown] lang="en"
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


# %% [markdown] lang="es"
# ## La red
# %% [markdown] lang="en"
# ## The network
# %%
class SharedMLP(nn.Module):
    # es: """pixels (batch, pixels) -> una puntuación por clase (batch, classes)"""
    """pixels (batch, pixels) -> a score for each class (batch, classes)"""

    def __init__(self, pixels: int, hidden_size: int, classes: int) -> None:
        super().__init__()
        # es: Pon a las capas los nombres input, hidden y output.
        # en: Call the layers input, hidden and output.
        # blank
        # es: Pista: ¿cuántos nn.Linear hacen falta?
        # en: Hint: how many nn.Linear are needed?
        self.input = nn.Linear(pixels, hidden_size)
        self.hidden = nn.Linear(hidden_size, hidden_size)
        self.output = nn.Linear(hidden_size, classes)
        # end

    def forward(self, pixels: Tensor) -> Tensor:
        # blank
        # es: Pista: la misma capa, tres veces. cross_entropy ya hace el softmax.
        # en: Hint: the same layer, three times. cross_entropy does the softmax already.
        h = torch.relu(self.input(pixels))
        for _ in range(3):
            h = torch.relu(self.hidden(h))
        return self.output(h)
        # end


class SeparateMLP(nn.Module):
    # es: """Lo mismo, pero cada una de las tres capas ocultas tiene sus pesos; `hidden` es un nn.ModuleList"""
    """The same with three hidden layers of their own, `hidden` is a nn.ModuleList"""

    def __init__(self, pixels: int, hidden_size: int, classes: int) -> None:
        super().__init__()
        self.input = nn.Linear(pixels, hidden_size)
        self.output = nn.Linear(hidden_size, classes)
        # blank
        # es: Pista: ¿qué le pasa a una lista corriente de capas en un nn.Module?
        # en: Hint: what happens to an ordinary list of layers in a nn.Module?
        self.hidden = nn.ModuleList(nn.Linear(hidden_size, hidden_size) for _ in range(3))
        # end

    def forward(self, pixels: Tensor) -> Tensor:
        # blank
        h = torch.relu(self.input(pixels))
        for layer in self.hidden:
            h = torch.relu(layer(h))
        return self.output(h)
        # end


# %% [markdown] lang="es"
# ## ¿Cuántos números se aprenden?
# %% [markdown] lang="en"
# ## How many numbers are learnt?
# %%
def count(model: nn.Module) -> int:
    # es: """Cuántos números aprende el modelo; uno compartido cuenta una sola vez"""
    """How many numbers the model learns; a shared one counts once"""
    # blank
    # es: Pista: model.parameters() da cada parámetro una sola vez. ¿Cuántos números tiene un parámetro?
    # en: Hint: model.parameters() gives each parameter once. How many numbers does a parameter hold?
    return sum(parameter.numel() for parameter in model.parameters())
    # end


# %%
def read(split: str, images: int) -> tuple[Tensor, Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, images)
    labels = torch.tensor(table["label"].to_pylist()).long()
    pixels = torch.tensor(table["pixels"].combine_chunks().flatten().to_numpy(zero_copy_only=False))
    return pixels.view(len(labels), -1).float() / 255, labels


if __name__ == "__main__":
    # es: Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    # en: Small networks lose time when threads wait for each other.
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

# %% [markdown] lang="es"
# ## Para pensar
#
# - El gradiente de la capa compartida es la suma de tres. ¿Qué supone eso para la tasa de aprendizaje?
# - ¿Qué tiene que ver esto con una red recurrente?
# %% [markdown] lang="en"
# ## To think about
#
# - The gradient of the shared layer is a sum of three. What does that mean for the learning rate?
# - What has this to do with a recurrent network?
