# %% [markdown]
# # Desafío adicional. Una red que escribe como Shakespeare
#
# Letra a letra. El texto se corta en varias **secuencias paralelas** que se leen a la vez, y cada lote sigue donde
# acabó el anterior: por eso el estado pasa de un lote a otro. Para escribir, la red lee una semilla y después sus
# propias letras.
# %%
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


# %% [markdown]
# ## Secuencias paralelas
#
# El texto `0 1 2 3 4 5 6 7 8` en 2 secuencias paralelas, con lotes de 2 pasos: primero `0 1` y `4 5`, después `2 3` y
# `6 7`. Las salidas van una letra por delante: `1 2` y `5 6`, después `3 4` y `7 8`.
# %%
def streams(text: Tensor, count: int, steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    """text (letters,) -> lotes de entradas (count, steps) y salidas (count, steps); lo que sobra se descarta"""
    # Pista: ¿cuántas letras le tocan a cada secuencia, si la última salida también tiene que existir?
    raise NotImplementedError("hueco 1")


# %% [markdown]
# ## La red
# %%
class Writer(nn.Module):
    """letters (batch, steps), state -> puntuaciones (batch, steps, letters), el estado tras el último paso"""

    def __init__(self, letters: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(letters, size)
        self.lstm = nn.LSTM(size, size, batch_first=True)
        self.output = nn.Linear(size, letters)

    def forward(
        self, letters: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        # Pista: el estado de una LSTM es un par (h, c).
        raise NotImplementedError("hueco 2")


def carried(state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """El estado para el lote siguiente: los mismos números, sin su historia"""
    raise NotImplementedError("hueco 3")


# %% [markdown]
# ## Escribir
#
# La temperatura divide las puntuaciones: cerca de 0 sale siempre la letra más probable; con 1, cada letra sale con su
# probabilidad.
# %%
def draw(scores: Tensor, temperature: float) -> Tensor:
    """scores (letters,) -> el número de una letra, sorteada según su probabilidad ()"""
    # Pista: softmax y torch.multinomial.
    raise NotImplementedError("hueco 4")


def write(model: nn.Module, seed: Tensor, length: int, temperature: float) -> list[int]:
    """seed (letters,) -> los números de `length` letras nuevas"""
    # Pista: primero toda la semilla, de una vez; después cada letra nueva, con el estado de antes.
    raise NotImplementedError("hueco 5")


# %%
if __name__ == "__main__":
    # Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
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
# ## Para pensar
#
# - ¿Qué cambia en el texto con la temperatura, y por qué?
# - Pon lotes de 5 pasos, y de 200. ¿Hasta dónde llega el gradiente en cada caso?, ¿y el estado?

# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `my_char_lm.py`:
#
#     rnn check char_lm my_char_lm.py
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro prepare@shakespeare
