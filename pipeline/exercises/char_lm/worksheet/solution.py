# %% [markdown] lang="es"
# # Desafío adicional. Una red que escribe como Shakespeare
#
# Letra a letra. El texto se corta en varias **secuencias paralelas** que se leen a la vez, y cada lote sigue donde
# acabó el anterior: por eso el estado pasa de un lote a otro. Para escribir, la red lee una semilla y después sus
# propias letras.
# %% [markdown] lang="en"
# # Additional challenge. A network that writes like Shakespeare
#
# Letter by letter. The text is cut into several **streams** that are read at once, and each batch goes on where the one
# before ended: so the state passes from batch to batch. To write, the network reads a seed, and then its own letters.
# %%
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


# %% [markdown] lang="es"
# ## Secuencias paralelas
#
# El texto `0 1 2 3 4 5 6 7 8` en 2 secuencias paralelas, con lotes de 2 pasos: primero `0 1` y `4 5`, después `2 3` y
# `6 7`. Las salidas van una letra por delante: `1 2` y `5 6`, después `3 4` y `7 8`.
# %% [markdown] lang="en"
# ## Streams
#
# The text `0 1 2 3 4 5 6 7 8` in 2 streams, with batches of 2 steps: first `0 1` and `4 5`, then `2 3` and `6 7`. The
# targets are one letter ahead: `1 2` and `5 6`, then `3 4` and `7 8`.
# %%
def streams(text: Tensor, count: int, steps: int) -> Iterator[tuple[Tensor, Tensor]]:
    # es: """text (letters,) -> lotes de entradas (count, steps) y salidas (count, steps); lo que sobra se descarta"""
    """text (letters,) -> batches of inputs (count, steps) and targets (count, steps); what is left over is dropped"""
    # blank
    # es: Pista: ¿cuántas letras le tocan a cada secuencia, si la última salida también tiene que existir?
    # en: Hint: how many letters does each stream get, if the last target has to exist as well?
    length = (len(text) - 1) // count
    inputs = text[: length * count].view(count, length)
    targets = text[1 : length * count + 1].view(count, length)
    for start in range(0, length - steps + 1, steps):
        yield inputs[:, start : start + steps], targets[:, start : start + steps]
    # end


# %% [markdown] lang="es"
# ## La red
# %% [markdown] lang="en"
# ## The network
# %%
class Writer(nn.Module):
    # es: """letters (batch, steps), state -> puntuaciones (batch, steps, letters), el estado tras el último paso"""
    """letters (batch, steps), state -> scores (batch, steps, letters), the state after the last step"""

    def __init__(self, letters: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(letters, size)
        self.lstm = nn.LSTM(size, size, batch_first=True)
        self.output = nn.Linear(size, letters)

    def forward(
        self, letters: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        # blank
        # es: Pista: el estado de una LSTM es un par (h, c).
        # en: Hint: the state of an LSTM is a pair (h, c).
        outputs, state = self.lstm(self.embedding(letters), state)
        return self.output(outputs), state
        # end


def carried(state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    # es: """El estado para el lote siguiente: los mismos números, sin su historia"""
    """The state for the next batch: the same numbers, without their history"""
    # blank
    h, c = state
    return h.detach(), c.detach()
    # end


# %% [markdown] lang="es"
# ## Escribir
#
# La temperatura divide las puntuaciones: cerca de 0 sale siempre la letra más probable; con 1, cada letra sale con su
# probabilidad.
# %% [markdown] lang="en"
# ## Writing
#
# The temperature divides the scores: near 0 it is always the likeliest letter; at 1, each letter comes with its
# probability.
# %%
def draw(scores: Tensor, temperature: float) -> Tensor:
    # es: """scores (letters,) -> el número de una letra, sorteada según su probabilidad ()"""
    """scores (letters,) -> the number of a letter, drawn by its probability ()"""
    # blank
    # es: Pista: softmax y torch.multinomial.
    # en: Hint: softmax and torch.multinomial.
    return torch.multinomial((scores / temperature).softmax(0), 1)[0]
    # end


def write(model: nn.Module, seed: Tensor, length: int, temperature: float) -> list[int]:
    # es: """seed (letters,) -> los números de `length` letras nuevas"""
    """seed (letters,) -> the numbers of `length` new letters"""
    # blank
    # es: Pista: primero toda la semilla, de una vez; después cada letra nueva, con el estado de antes.
    # en: Hint: first the whole seed, at once; then each new letter, with the state before.
    written: list[int] = []
    letters, state = seed, None
    with torch.inference_mode():
        while len(written) < length:
            scores, state = model(letters.unsqueeze(0), state)
            letters = draw(scores[0, -1], temperature).view(1)
            written.append(int(letters))
    return written
    # end


# %%
if __name__ == "__main__":
    # es: Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    # en: Small networks lose time when threads wait for each other.
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

# %% [markdown] lang="es"
# ## Para pensar
#
# - ¿Qué cambia en el texto con la temperatura, y por qué?
# - Pon lotes de 5 pasos, y de 200. ¿Hasta dónde llega el gradiente en cada caso?, ¿y el estado?
# %% [markdown] lang="en"
# ## To think about
#
# - What does the temperature change in the text, and why?
# - Take batches of 5 steps, and of 200. How far does the gradient reach in each case? And the state?
