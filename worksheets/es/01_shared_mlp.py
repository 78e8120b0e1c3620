# %% [markdown]
# # Ejercicio 1. Tres capas ocultas, un solo `nn.Linear`
#
# Una capa de entrada, tres capas ocultas que son **la misma**, y una de salida. ReLU detrás de la entrada y detrás de
# cada capa oculta. La red lee dígitos escritos a mano.
# %%
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


# %% [markdown]
# ## La red
# %%
class SharedMLP(nn.Module):
    """pixels (batch, pixels) -> una puntuación por clase (batch, classes)"""

    def __init__(self, pixels: int, hidden_size: int, classes: int) -> None:
        super().__init__()
        # Pon a las capas los nombres input, hidden y output.
        # Pista: ¿cuántos nn.Linear hacen falta?
        raise NotImplementedError("hueco 1")

    def forward(self, pixels: Tensor) -> Tensor:
        # Pista: la misma capa, tres veces. cross_entropy ya hace el softmax.
        raise NotImplementedError("hueco 2")


class SeparateMLP(nn.Module):
    """Lo mismo, pero cada una de las tres capas ocultas tiene sus pesos; `hidden` es un nn.ModuleList"""

    def __init__(self, pixels: int, hidden_size: int, classes: int) -> None:
        super().__init__()
        self.input = nn.Linear(pixels, hidden_size)
        self.output = nn.Linear(hidden_size, classes)
        # Pista: ¿qué le pasa a una lista corriente de capas en un nn.Module?
        raise NotImplementedError("hueco 3")

    def forward(self, pixels: Tensor) -> Tensor:
        raise NotImplementedError("hueco 4")


# %% [markdown]
# ## ¿Cuántos números se aprenden?
# %%
def count(model: nn.Module) -> int:
    """Cuántos números aprende el modelo; uno compartido cuenta una sola vez"""
    # Pista: model.parameters() da cada parámetro una sola vez. ¿Cuántos números tiene un parámetro?
    raise NotImplementedError("hueco 5")


# %%
def read(split: str, images: int) -> tuple[Tensor, Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, images)
    labels = torch.tensor(table["label"].to_pylist()).long()
    pixels = torch.tensor(table["pixels"].combine_chunks().flatten().to_numpy(zero_copy_only=False))
    return pixels.view(len(labels), -1).float() / 255, labels


if __name__ == "__main__":
    # Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
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
# ## Para pensar
#
# - El gradiente de la capa compartida es la suma de tres. ¿Qué supone eso para la tasa de aprendizaje?
# - ¿Qué tiene que ver esto con una red recurrente?

# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `my_shared_mlp.py`:
#
#     rnn check 1 my_shared_mlp.py
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro prepare@digits
