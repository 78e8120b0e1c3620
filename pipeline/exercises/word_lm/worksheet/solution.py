# %% [markdown] lang="es"
# # Ejercicio 7. La palabra siguiente
#
# Líneas de Shakespeare de distinta longitud, en lotes con relleno. De cada palabra se predice la siguiente, así que la
# entrada y la salida son la misma línea, desplazada. El estado puede pasar de un lote al siguiente: entonces hay que
# llevarse sus **números**, pero no la historia de cómo se calcularon.
# %% [markdown] lang="en"
# # Exercise 7. The next word
#
# Lines of Shakespeare, of different lengths, in padded batches. From each word the next is predicted, so input and
# output are the same line, shifted. The state may pass from one batch to the next: then its **numbers** have to be
# carried, but not the history of how they were computed.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


# %% [markdown] lang="es"
# ## Entrada y salida
#
# La línea `7 9 4` con fin de línea 2 da la entrada `7 9 4` y la salida `9 4 2`.
# %% [markdown] lang="en"
# ## Input and output
#
# The line `7 9 4` with end of line 2 gives the input `7 9 4` and the output `9 4 2`.
# %%
def shifted(lines: list[Tensor], end: int) -> tuple[Tensor, Tensor, Tensor]:
    # es: """Líneas de palabras -> entradas y salidas (batch, steps), con 0 en el relleno; lengths (batch,)"""
    """Lines of words -> inputs (batch, steps) and targets (batch, steps) with 0 in the padding, lengths (batch,)"""
    # blank
    # es: Pista: dos matrices de ceros int64; rellena fila a fila.
    # en: Hint: two matrices of zeros, int64; fill them row by row.
    lengths = torch.tensor([len(line) for line in lines])
    inputs = torch.zeros(len(lines), int(lengths.max()), dtype=torch.int64)
    targets = torch.zeros_like(inputs)
    for row, line in enumerate(lines):
        inputs[row, : len(line)] = line
        targets[row, : len(line)] = torch.cat([line[1:], torch.tensor([end])])
    return inputs, targets, lengths
    # end


# %% [markdown] lang="es"
# ## La red
# %% [markdown] lang="en"
# ## The network
# %%
class LanguageModel(nn.Module):
    # es: """inputs (batch, steps), lengths (batch,), state (1, batch, size) -> scores (batch, steps, words), estado"""
    """inputs (batch, steps), lengths (batch,), state (1, batch, size) -> scores (batch, steps, words), new state"""

    def __init__(self, words: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.gru = nn.GRU(size, size, batch_first=True)
        self.output = nn.Linear(size, words)

    def forward(self, inputs: Tensor, lengths: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        # blank
        # es: Pista: la GRU acepta el estado inicial como segundo argumento; None es cero.
        # en: Hint: the GRU takes the initial state as its second argument; None is zero.
        packed = pack_padded_sequence(self.embedding(inputs), lengths, batch_first=True, enforce_sorted=False)
        outputs, state = self.gru(packed, state)
        states, _ = pad_packed_sequence(outputs, batch_first=True, total_length=inputs.shape[1])
        return self.output(states), state
        # end


def carried(state: Tensor) -> Tensor:
    # es: """El estado para el lote siguiente: los mismos números, sin su historia"""
    """The state for the next batch: the same numbers, without their history"""
    # blank
    # es: Pista: sin esto, backward recorrería todos los lotes anteriores.
    # en: Hint: without it, backward would go through all batches before.
    return state.detach()
    # end


# %% [markdown] lang="es"
# ## Pérdida y perplejidad
# %% [markdown] lang="en"
# ## Loss and perplexity
# %%
def loss_of(scores: Tensor, targets: Tensor) -> tuple[Tensor, int]:
    # es: """scores (batch, steps, words), targets (batch, steps) -> SUMA de la entropía cruzada, número de palabras"""
    """scores (batch, steps, words), targets (batch, steps) -> the SUM of the cross-entropy, how many words it is of"""
    # blank
    # es: Pista: ¿por qué la suma, si los lotes tienen distinto número de palabras? ignore_index.
    # en: Hint: why the sum, if batches have different numbers of words? ignore_index.
    summed = cross_entropy(scores.flatten(0, 1), targets.flatten(), ignore_index=0, reduction="sum")
    return summed, int((targets != 0).sum())
    # end


def perplexity(losses: list[float], words: list[int]) -> float:
    # es: """De muchos lotes, a partir de sus pérdidas sumadas y sus números de palabras"""
    """Of many batches, from their summed losses and their numbers of words"""
    # blank
    # es: Pista: la exponencial de la media por palabra.
    # en: Hint: the exponential of the mean by word.
    return float(torch.tensor(sum(losses) / sum(words)).exp())
    # end


# %%
def read(split: str, lines: int) -> list[Tensor]:
    table = pa.ipc.open_file(DATA / f"words_{split}.arrow").read_all().slice(0, lines)
    return [torch.tensor(row[:30]) for row in table["tokens"].to_pylist() if row]


def run(model: LanguageModel, lines: list[Tensor], optimizer: torch.optim.Optimizer | None = None) -> float:
    # es: La fila i de cada lote sigue donde acabó la fila i del anterior.
    # en: Row i of each batch goes on where row i of the one before ended.
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
    # es: Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    # en: Small networks lose time when threads wait for each other.
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

# %% [markdown] lang="es"
# ## Para pensar
#
# - ¿Qué perplejidad tendría un modelo que diera a todas las palabras la misma probabilidad?
# - Quita `carried` y pon siempre `None`. ¿Cuánto importa la línea anterior?
# %% [markdown] lang="en"
# ## To think about
#
# - What perplexity would a model have if it gave every word the same probability?
# - Take `carried` away and always put `None`. How much does the line before matter?
