# %% [markdown]
# # Ejercicio 0. ¿Es par la suma?
#
# El ejemplo de la guía: una secuencia de dígitos, ¿su suma es par o impar? Para acertar basta con recordar **un bit**
# y darle la vuelta con cada dígito impar. El ejemplo de la guía no llegó a aprenderlo; aquí sí. Dos trampas: el dígito
# 0 no es el relleno, y el último paso no es la última columna.
# %%
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


# %% [markdown]
# ## Un lote
# %%
def batch_of(sequences: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Dígitos de 0 a 9 -> tokens (batch, steps): el dígito más uno, 0 en el relleno; lengths (batch,); int64"""
    # Pista: torch.zeros(..., dtype=torch.int64).
    raise NotImplementedError("hueco 1")


def odd(tokens: Tensor) -> Tensor:
    """tokens como antes -> 1 si la suma de los dígitos es impar, si no 0 (batch,) int64"""
    # Pista: ¿qué suma un token de relleno?, ¿y uno que es dígito más uno?
    raise NotImplementedError("hueco 2")


# %% [markdown]
# ## La red
# %%
class Parity(nn.Module):
    """tokens (batch, steps), lengths (batch,) -> puntuaciones de par e impar (batch, 2)"""

    def __init__(self, size: int) -> None:
        super().__init__()
        # Pon a las capas los nombres embedding, gru y output; la GRU tiene una capa y una dirección.
        # Pista: ¿cuántos tokens distintos hay, con el relleno?
        raise NotImplementedError("hueco 3")

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        # Pista: la salida del último paso de cada fila, con dos índices a la vez.
        raise NotImplementedError("hueco 4")


# %% [markdown]
# ## De lo corto a lo largo
#
# Empieza con secuencias de uno o dos dígitos y alárgalas poco a poco. Luego se prueba con cien dígitos, más de los que
# la red ha visto nunca.
# %%
def read(split: str, sequences: int) -> list[list[int]]:
    return pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, sequences)["digits"].to_pylist()


if __name__ == "__main__":
    # Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/parity"
    sequences = read("train", 10_000)
    torch.manual_seed(1)
    model = Parity(16)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.03)
    for longest in (2, 2, 3, 4, 5, 6, 8, 10, 10, 10):
        short = [sequence[:longest] for sequence in sequences]
        for rows in torch.randperm(len(short)).split(64):
            tokens, lengths = batch_of([short[row] for row in rows])
            loss = cross_entropy(model(tokens, lengths), odd(tokens))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        print(longest, f"{loss.item():.3f}")
    with torch.inference_mode():
        for split in ("test_10", "test_100"):
            tokens, lengths = batch_of(read(split, 500))
            print(split, f"{(model(tokens, lengths).argmax(1) == odd(tokens)).float().mean().item():.3f}")

# %% [markdown]
# ## Para pensar
#
# - ¿Por qué no sirve aquí la media de los estados?
# - Quita el alargamiento y empieza con diez dígitos. ¿Qué ve el gradiente?

# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `my_parity.py`:
#
#     rnn check 0 my_parity.py
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro prepare@parity
