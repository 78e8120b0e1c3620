# %% [markdown]
# # Ejercicio 3. ¿Una reseña positiva o negativa?
#
# De un texto a una decisión: palabras, números, un lote rectangular, una red recurrente, su último estado. En un lote
# las reseñas tienen longitudes distintas; en la última columna, casi todas tienen relleno. Empaquetar
# (`pack_padded_sequence`) le dice a la red dónde acaba cada una.
# %%
import json
import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence


# %% [markdown]
# ## Palabras y vocabulario
#
# `<pad>` es siempre el número 0 y `<unk>`, la palabra desconocida, el 1.
# %%
def tokenise(text: str) -> list[str]:
    """ "It's great!" -> ["it's", "great", "!"]"""
    # Pista: minúsculas, y una expresión regular: letras, cifras y apóstrofos seguidos, o bien un solo signo que no
    # sea ninguno de ellos ni espacio.
    raise NotImplementedError("hueco 1")


def vocabulary_of(texts: list[list[str]], size: int) -> list[str]:
    """`<pad>`, `<unk>` y después las palabras más frecuentes, de más a menos: como mucho `size` en total"""
    # Pista: Counter.most_common. ¿Cuántas plazas quedan para palabras?
    raise NotImplementedError("hueco 2")


def encode(words: list[str], vocabulary: list[str]) -> Tensor:
    """Palabras -> sus números (words,) int64"""
    # Pista: ¿qué número tiene una palabra que no está?
    raise NotImplementedError("hueco 3")


def pad(reviews: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Reseñas de distintas longitudes -> tokens (batch, steps) con 0 en el relleno, lengths (batch,)"""
    # Pista: torch.zeros(..., dtype=torch.int64), y cada reseña al principio de su fila.
    raise NotImplementedError("hueco 4")


# %% [markdown]
# ## La red
# %%
class Classifier(nn.Module):
    """tokens (batch, steps), lengths (batch,) -> puntuaciones de las dos clases (batch, 2)"""

    def __init__(self, words: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.lstm = nn.LSTM(size, size, batch_first=True)
        self.output = nn.Linear(size, 2)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        # Pista: enforce_sorted=False; la LSTM devuelve (salidas, (h, c)). ¿Qué es h[-1]?
        raise NotImplementedError("hueco 5")


# %% [markdown]
# ## Entrenar y evaluar
#
# Los datos preparados ya son números, con el vocabulario del proyecto.
# %%
def read(split: str, reviews: int) -> tuple[list[Tensor], Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, reviews)
    return [torch.tensor(row[-60:]) for row in table["tokens"].to_pylist()], torch.tensor(table["label"].to_pylist())


if __name__ == "__main__":
    # Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/imdb"
    vocabulary = json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8"))
    (reviews, labels), (unseen, truth) = read("train", 4000), read("validation", 1000)
    torch.manual_seed(1)
    model = Classifier(len(vocabulary), 32)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for epoch in range(1, 5):
        for rows in torch.randperm(len(labels)).split(64):
            loss = cross_entropy(model(*pad([reviews[row] for row in rows])), labels[rows].long())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.inference_mode():
            print(epoch, f"{(model(*pad(unseen)).argmax(1) == truth).float().mean().item():.3f}")
    with torch.inference_mode():
        for text in ("A quiet film that stays with you.", "Dull, and far too long."):
            tokens, lengths = pad([encode(tokenise(text), vocabulary)])
            print(f"{model(tokens, lengths).softmax(1)[0, 1].item():.2f}", text)

# %% [markdown]
# ## Para pensar
#
# - Cambia `h[-1]` por la última columna de las salidas sin empaquetar. ¿Cuánto se pierde?, ¿en qué reseñas?
# - ¿Por qué el vocabulario se cuenta solo en los textos de entrenamiento?

# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `my_sentiment.py`:
#
#     rnn check 3 my_sentiment.py
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro prepare@imdb
