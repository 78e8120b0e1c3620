# %% [markdown]
# # Ejercicio 7. La palabra siguiente
#
# Líneas de Shakespeare de distinta longitud, en lotes con relleno. De cada palabra se predice la siguiente, así que la
# entrada y la salida son la misma línea, desplazada. El estado puede pasar de un lote al siguiente: entonces hay que
# llevarse sus **números**, pero no la historia de cómo se calcularon.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


# %% [markdown]
# ## Entrada y salida
#
# La línea `7 9 4` con fin de línea 2 da la entrada `7 9 4` y la salida `9 4 2`.
# %%
def shifted(lines: list[Tensor], end: int) -> tuple[Tensor, Tensor, Tensor]:
    """Líneas de palabras -> entradas y salidas (batch, steps), con 0 en el relleno; lengths (batch,)"""
    # Pista: dos matrices de ceros int64; rellena fila a fila.
    raise NotImplementedError("hueco 1")


# %% [markdown]
# ## La red
# %%
class LanguageModel(nn.Module):
    """inputs (batch, steps), lengths (batch,), state (1, batch, size) -> scores (batch, steps, words), estado"""

    def __init__(self, words: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.gru = nn.GRU(size, size, batch_first=True)
        self.output = nn.Linear(size, words)

    def forward(self, inputs: Tensor, lengths: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        # Pista: la GRU acepta el estado inicial como segundo argumento; None es cero.
        raise NotImplementedError("hueco 2")


def carried(state: Tensor) -> Tensor:
    """El estado para el lote siguiente: los mismos números, sin su historia"""
    # Pista: sin esto, backward recorrería todos los lotes anteriores.
    raise NotImplementedError("hueco 3")


# %% [markdown]
# ## Pérdida y perplejidad
# %%
def loss_of(scores: Tensor, targets: Tensor) -> tuple[Tensor, int]:
    """scores (batch, steps, words), targets (batch, steps) -> SUMA de la entropía cruzada, número de palabras"""
    # Pista: ¿por qué la suma, si los lotes tienen distinto número de palabras? ignore_index.
    raise NotImplementedError("hueco 4")


def perplexity(losses: list[float], words: list[int]) -> float:
    """De muchos lotes, a partir de sus pérdidas sumadas y sus números de palabras"""
    # Pista: la exponencial de la media por palabra.
    raise NotImplementedError("hueco 5")


# %%
def read(split: str, lines: int) -> list[Tensor]:
    table = pa.ipc.open_file(DATA / f"words_{split}.arrow").read_all().slice(0, lines)
    return [torch.tensor(row[:30]) for row in table["tokens"].to_pylist() if row]


def run(model: LanguageModel, lines: list[Tensor], optimizer: torch.optim.Optimizer | None = None) -> float:
    # La fila i de cada lote sigue donde acabó la fila i del anterior.
    batch = min(32, len(lines))
    streams = len(lines) // batch
    state, losses, words = None, [], []
    for place in range(streams):
        inputs, targets, lengths = shifted([lines[row * streams + place] for row in range(batch)], END)
        scores, state = model(inputs, lengths, state)
        state = carried(state)
        loss, count = loss_of(scores, targets)
        if optimizer is not None:
            optimizer.zero_grad()
            (loss / count).backward()
            optimizer.step()
        losses.append(loss.item())
        words.append(count)
    return perplexity(losses, words)


if __name__ == "__main__":
    # Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/shakespeare"
    vocabulary = json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8"))
    END = vocabulary.index("<eos>")
    torch.manual_seed(1)
    model = LanguageModel(len(vocabulary), 48)
    print(f"train {run(model, read('train', 6000), torch.optim.Adam(model.parameters(), lr=0.01)):.0f}")
    with torch.inference_mode():
        print(f"validation {run(model, read('validation', 1000)):.0f}")

# %% [markdown]
# ## Para pensar
#
# - ¿Qué perplejidad tendría un modelo que diera a todas las palabras la misma probabilidad?
# - Quita `carried` y pon siempre `None`. ¿Cuánto importa la línea anterior?

# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `my_word_lm.py`:
#
#     rnn check 7 my_word_lm.py
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro prepare@shakespeare
