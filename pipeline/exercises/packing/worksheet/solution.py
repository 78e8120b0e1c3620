# %% [markdown] lang="es"
# # Ejercicio 6. Una a una, con relleno, empaquetadas
#
# Tres maneras de pasar secuencias de distinta longitud por una LSTM. **Tienen que dar lo mismo**; lo que cambia es el
# tiempo. Y una cuarta idea, que no toca la red: juntar en cada lote secuencias de longitud parecida.
# %% [markdown] lang="en"
# # Exercise 6. One by one, padded, packed
#
# Three ways to put sequences of different lengths through an LSTM. **They have to give the same**; what changes is the
# time. And a fourth idea, which leaves the network alone: to put sequences of similar lengths into a batch.
# %%
import time
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence


# %% [markdown] lang="es"
# ## Tres maneras
#
# Todas devuelven el estado oculto tras el último paso de cada secuencia, `(batch, hidden)`, en el orden dado.
# %% [markdown] lang="en"
# ## Three ways
#
# All return the hidden state after the last step of each sequence, `(batch, hidden)`, in the order given.
# %%
def one_by_one(lstm: nn.LSTM, sequences: list[Tensor]) -> Tensor:
    # es: """secuencias de (length, size) cada una -> (batch, hidden)"""
    """sequences of (length, size) each -> (batch, hidden)"""
    # blank
    # es: Pista: una secuencia sola es un lote de una. Con batch_first, ¿qué forma tiene h?
    # en: Hint: a sequence alone is a batch of one. With batch_first, what shape does h have?
    return torch.cat([lstm(sequence.unsqueeze(0))[1][0][-1] for sequence in sequences])
    # end


def padded(lstm: nn.LSTM, sequences: list[Tensor]) -> Tensor:
    # es: """Lo mismo con una sola llamada a la LSTM, con un lote con relleno, sin empaquetar"""
    """The same with one call of the LSTM on a padded batch, not packed"""
    # blank
    # es: Pista: h ha leído el relleno. ¿En qué columna de las salidas está el último paso de cada fila?
    # en: Hint: h has read the padding. In which column of the outputs is the last step of each row?
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    outputs, _ = lstm(pad_sequence(sequences, batch_first=True))
    return outputs[torch.arange(len(sequences)), lengths - 1]
    # end


def packed(lstm: nn.LSTM, sequences: list[Tensor]) -> Tensor:
    # es: """Lo mismo con un lote empaquetado"""
    """The same with a packed batch"""
    # blank
    # es: Pista: pack_padded_sequence ordena por ti si se lo pides.
    # en: Hint: pack_padded_sequence sorts for you if you ask it to.
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    batch = pad_sequence(sequences, batch_first=True)
    _, (h, _) = lstm(pack_padded_sequence(batch, lengths, batch_first=True, enforce_sorted=False))
    return h[-1]
    # end


# %% [markdown] lang="es"
# ## Lotes de longitudes parecidas
# %% [markdown] lang="en"
# ## Batches of similar lengths
# %%
def buckets(lengths: Tensor, batch_size: int) -> list[Tensor]:
    # es: """lengths (rows,) -> filas de cada lote: longitudes parecidas juntas, cada fila una vez, lotes barajados"""
    """lengths (rows,) -> row numbers of each batch: similar lengths together, every row once, the batches shuffled"""
    # blank
    # es: Pista: argsort, split y torch.randperm. ¿Por qué hay que barajar los lotes?
    # en: Hint: argsort, split and torch.randperm. Why do the batches have to be shuffled?
    batches = lengths.argsort().split(batch_size)
    return [batches[place] for place in torch.randperm(len(batches))]
    # end


def waste(lengths: Tensor, batches: list[Tensor]) -> float:
    # es: """La proporción de relleno en el total de los lotes, de 0 a 1"""
    """The share of padding in all padded batches, 0 to 1"""
    # blank
    # es: Pista: cada lote ocupa filas por la mayor de sus longitudes.
    # en: Hint: a batch takes its rows times the largest of their lengths.
    places = sum(len(rows) * int(lengths[rows].max()) for rows in batches)
    return 1 - sum(int(lengths[rows].sum()) for rows in batches) / places
    # end


# %% [markdown] lang="es"
# ## Con el reloj
#
# Importa dónde se ejecuta: en una GPU cabe esperar que empaquetar ahorre tiempo (aquí no se ha medido); en una CPU,
# PyTorch procesa lo empaquetado paso a paso.
# %% [markdown] lang="en"
# ## By the clock
#
# It matters where it runs: on a GPU, packing can be expected to save time (it was not measured here); on a CPU, PyTorch
# goes through what is packed step by step.
# %%
if __name__ == "__main__":
    # es: Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    # en: Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    table = pa.ipc.open_file(ROOT / "data/prepared/imdb/train.arrow").read_all().slice(0, 256)
    lengths = torch.tensor([len(row) for row in table["tokens"].to_pylist()]).clamp(max=300)
    torch.manual_seed(1)
    lstm = nn.LSTM(32, 32, batch_first=True)
    reviews = [torch.randn(length, 32) for length in lengths.tolist()]
    plain, like = [*torch.arange(len(lengths)).split(32)], buckets(lengths, 32)
    print(f"padding {waste(lengths, plain):.0%} {waste(lengths, like):.0%}")
    for way, batches in ((one_by_one, plain), (padded, plain), (packed, plain), (padded, like)):
        began = time.perf_counter()
        for rows in batches:
            lstm.zero_grad()
            way(lstm, [reviews[row] for row in rows]).sum().backward()
        print(f"{way.__name__:10} {time.perf_counter() - began:.2f} s")

# %% [markdown] lang="es"
# ## Para pensar
#
# - Si los lotes son siempre de longitudes parecidas, ¿ve la red los ejemplos en un orden del todo al azar?
# - ¿Cuándo convendría empaquetar aun en una CPU?
# %% [markdown] lang="en"
# ## To think about
#
# - If batches always have similar lengths, does the network see examples in an order that is quite random?
# - When would packing pay even on a CPU?
