# %% [markdown] lang="es"
# # Ejercicio 0. ¿Es par la suma?
#
# El ejemplo de la guía: una secuencia de dígitos, ¿su suma es par o impar? Para acertar basta con recordar **un bit**
# y darle la vuelta con cada dígito impar. El ejemplo de la guía no llegó a aprenderlo; aquí sí. Dos trampas: el dígito
# 0 no es el relleno, y el último paso no es la última columna.
# %% [markdown] lang="en"
# # Exercise 0. Is the sum even?
#
# The sheet's example: a sequence of digits, is its sum even or odd? It is enough to remember **one bit**, and to turn
# it over at each odd digit. The sheet's example never learnt it; here it is learnt. Two traps: the digit 0 is not
# padding, and the last step is not the last column.
# %%
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


# %% [markdown] lang="es"
# ## Un lote
# %% [markdown] lang="en"
# ## A batch
# %%
def batch_of(sequences: list[list[int]]) -> tuple[Tensor, Tensor]:
    # es: """Dígitos de 0 a 9 -> tokens (batch, steps): el dígito más uno, 0 en el relleno; lengths (batch,); int64"""
    """Digits 0 to 9 -> tokens (batch, steps): the digit plus one, 0 in the padding; lengths (batch,); int64"""
    # blank
    # es: Pista: torch.zeros(..., dtype=torch.int64).
    # en: Hint: torch.zeros(..., dtype=torch.int64).
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    tokens = torch.zeros(len(sequences), int(lengths.max()), dtype=torch.int64)
    for row, sequence in enumerate(sequences):
        tokens[row, : len(sequence)] = torch.tensor(sequence) + 1
    return tokens, lengths
    # end


def odd(tokens: Tensor) -> Tensor:
    # es: """tokens como antes -> 1 si la suma de los dígitos es impar, si no 0 (batch,) int64"""
    """tokens as above -> 1 where the sum of the digits is odd, else 0 (batch,) int64"""
    # blank
    # es: Pista: ¿qué suma un token de relleno?, ¿y uno que es dígito más uno?
    # en: Hint: what does a token of padding add? And one that is digit plus one?
    return ((tokens - 1).clamp(min=0).sum(1)) % 2
    # end


# %% [markdown] lang="es"
# ## La red
# %% [markdown] lang="en"
# ## The network
# %%
class Parity(nn.Module):
    # es: """tokens (batch, steps), lengths (batch,) -> puntuaciones de par e impar (batch, 2)"""
    """tokens (batch, steps), lengths (batch,) -> scores of even and odd (batch, 2)"""

    def __init__(self, size: int) -> None:
        super().__init__()
        # es: Pon a las capas los nombres embedding, gru y output; la GRU tiene una capa y una dirección.
        # en: Call the layers embedding, gru and output; the GRU has one layer and one direction.
        # blank
        # es: Pista: ¿cuántos tokens distintos hay, con el relleno?
        # en: Hint: how many different tokens are there, with padding?
        self.embedding = nn.Embedding(11, size, padding_idx=0)
        self.gru = nn.GRU(size, size, batch_first=True)
        self.output = nn.Linear(size, 2)
        # end

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        # blank
        # es: Pista: la salida del último paso de cada fila, con dos índices a la vez.
        # en: Hint: the output of each row's last step, with two indices at once.
        outputs, _ = self.gru(self.embedding(tokens))
        return self.output(outputs[torch.arange(len(lengths)), lengths - 1])
        # end


# %% [markdown] lang="es"
# ## De lo corto a lo largo
#
# Empieza con secuencias de uno o dos dígitos y alárgalas poco a poco. Luego se prueba con cien dígitos, más de los que
# la red ha visto nunca.
# %% [markdown] lang="en"
# ## From short to long
#
# Begin with sequences of one or two digits, and let them grow. Then it is tried on a hundred digits, more than the
# network has ever seen.
# %%
def read(split: str, sequences: int) -> list[list[int]]:
    return pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, sequences)["digits"].to_pylist()


if __name__ == "__main__":
    # es: Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    # en: Small networks lose time when threads wait for each other.
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

# %% [markdown] lang="es"
# ## Para pensar
#
# - ¿Por qué no sirve aquí la media de los estados?
# - Quita el alargamiento y empieza con diez dígitos. ¿Qué ve el gradiente?
# %% [markdown] lang="en"
# ## To think about
#
# - Why is the mean of the states no use here?
# - Take the growing away and begin with ten digits. What does the gradient see?
