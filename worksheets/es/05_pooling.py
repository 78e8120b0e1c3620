# %% [markdown]
# # Ejercicio 5. Todos los estados en lugar del último
#
# El clasificador del ejercicio 3 lee una reseña palabra a palabra y decide con el **último estado** de la red. Aquí
# decide con los estados de **todos** los pasos: primero con su media, después con una suma ponderada cuyos pesos
# también se aprenden.
#
# Una reseña de 40 palabras comparte lote con otra de 200. Los 160 pasos que le faltan se rellenan, y el relleno no
# debe contar: **el vector de una reseña tiene que ser el mismo, esté sola o acompañada.**
#
# Rellena los huecos. Al final hay una comparación que tarda un minuto.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence


# %% [markdown]
# ## La máscara
#
# Con longitudes 2 y 3 y tres pasos, la máscara es `[[True, True, False], [True, True, True]]`.
# %%
def real_steps(lengths: Tensor, steps: int) -> Tensor:
    """lengths (batch,) int64 -> (batch, steps) bool"""
    # Pista: compara torch.arange(steps) con las longitudes puestas en columna.
    raise NotImplementedError("hueco 1")


# %% [markdown]
# ## La media
# %%
class MeanPooling(nn.Module):
    """states (batch, steps, size), lengths (batch,) -> (batch, size)"""

    def __init__(self, size: int) -> None:
        super().__init__()

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        # Pista: ¿qué hay en el relleno cuando sumas?, ¿y entre cuántos pasos divides?
        raise NotImplementedError("hueco 2")


# %% [markdown]
# ## La suma ponderada
#
# Cada estado $h_t$ recibe una puntuación aprendida $e_t = v \cdot \tanh(W h_t + b)$, y los pesos son su softmax: suman
# uno sobre los pasos reales y valen cero en el relleno (Yang et al. 2016).
# %%
class WeightedSum(nn.Module):
    """states (batch, steps, size), lengths (batch,) -> (batch, size)"""

    def __init__(self, size: int) -> None:
        super().__init__()
        # Pon a las capas los nombres projection (W y b) y context (v).
        # Pista: dos nn.Linear, uno para W y b, otro para v.
        raise NotImplementedError("hueco 3")

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        # Pista: ¿qué puntuación da un peso de cero? ¿Sobre qué dimensión va el softmax?
        raise NotImplementedError("hueco 4")


# %% [markdown]
# ## ¿Mejoran al último estado?
#
# La red, los datos y el entrenamiento son los mismos; solo cambia cómo se resumen los estados. Antes de ejecutarlo,
# apuesta: ¿cuál gana?, ¿qué se lo puede poner difícil al último estado?
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
    # El final de una reseña es lo que más dice: nos quedamos con sus 100 últimas palabras.
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
    # Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
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
# ## Para pensar
#
# - Una sola semilla y mil reseñas: ¿cuánto te fías de una diferencia de un punto? El comprobador, con `--train`,
#   entrena tu suma ponderada con varias semillas y da un intervalo.
# - ¿Qué pierde la media que el último estado guarda?

# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `my_pooling.py`:
#
#     rnn check 5 my_pooling.py
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro prepare@imdb
