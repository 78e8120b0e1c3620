# %% [markdown]
# # Ejercicio 6. Una a una, con relleno, empaquetadas
#
# Tres maneras de pasar secuencias de distinta longitud por una LSTM. **Tienen que dar lo mismo**; lo que cambia es el
# tiempo. Y una cuarta idea, que no toca la red: juntar en cada lote secuencias de longitud parecida.
# %%
import time
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence


# %% [markdown]
# ## Tres maneras
#
# Todas devuelven el estado oculto tras el último paso de cada secuencia, `(batch, hidden)`, en el orden dado.
# %%
def one_by_one(lstm: nn.LSTM, sequences: list[Tensor]) -> Tensor:
    """secuencias de (length, size) cada una -> (batch, hidden)"""
    # Pista: una secuencia sola es un lote de una. Con batch_first, ¿qué forma tiene h?
    raise NotImplementedError("hueco 1")


def padded(lstm: nn.LSTM, sequences: list[Tensor]) -> Tensor:
    """Lo mismo con una sola llamada a la LSTM, con un lote con relleno, sin empaquetar"""
    # Pista: h ha leído el relleno. ¿En qué columna de las salidas está el último paso de cada fila?
    raise NotImplementedError("hueco 2")


def packed(lstm: nn.LSTM, sequences: list[Tensor]) -> Tensor:
    """Lo mismo con un lote empaquetado"""
    # Pista: pack_padded_sequence ordena por ti si se lo pides.
    raise NotImplementedError("hueco 3")


# %% [markdown]
# ## Lotes de longitudes parecidas
# %%
def buckets(lengths: Tensor, batch_size: int) -> list[Tensor]:
    """lengths (rows,) -> filas de cada lote: longitudes parecidas juntas, cada fila una vez, lotes barajados"""
    # Pista: argsort, split y torch.randperm. ¿Por qué hay que barajar los lotes?
    raise NotImplementedError("hueco 4")


def waste(lengths: Tensor, batches: list[Tensor]) -> float:
    """La proporción de relleno en el total de los lotes, de 0 a 1"""
    # Pista: cada lote ocupa filas por la mayor de sus longitudes.
    raise NotImplementedError("hueco 5")


# %% [markdown]
# ## Con el reloj
#
# Importa dónde se ejecuta: en una GPU cabe esperar que empaquetar ahorre tiempo (aquí no se ha medido); en una CPU,
# PyTorch procesa lo empaquetado paso a paso.
# %%
if __name__ == "__main__":
    # Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
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

# %% [markdown]
# ## Para pensar
#
# - Si los lotes son siempre de longitudes parecidas, ¿ve la red los ejemplos en un orden del todo al azar?
# - ¿Cuándo convendría empaquetar aun en una CPU?

# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `my_packing.py`:
#
#     rnn check 6 my_packing.py
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro prepare@imdb
