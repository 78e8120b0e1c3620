# %% [markdown]
# # Ejercicios 8 y 11. Traducir con atención
#
# El codificador lee la frase empaquetada y devuelve un estado por palabra, desempaquetado. El decodificador escribe
# palabra a palabra; en cada paso mira **todos** los estados y decide a cuáles atender. Aquí escribes el codificador,
# las dos atenciones y un paso del decodificador.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


# %% [markdown]
# ## El codificador
# %%
class Encoder(nn.Module):
    """words (batch, steps), lengths (batch,) -> estados (batch, steps, size), relleno 0; último (batch, size)"""

    def __init__(self, words: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.gru = nn.GRU(size, size, batch_first=True)

    def forward(self, words: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        # Pista: empaqueta a la entrada, desempaqueta las salidas; el último estado ya viene hecho.
        raise NotImplementedError("hueco 1")


# %% [markdown]
# ## De puntuaciones a una suma ponderada
#
# Los pesos de una frase son positivos, suman uno y valen **exactamente cero** en el relleno.
# %%
def attend(scores: Tensor, states: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """scores (batch, steps), states (batch, steps, size) -> contexto (batch, size), pesos (batch, steps)"""
    # Pista: -inf antes del softmax; después, una suma de estados por pesos.
    raise NotImplementedError("hueco 2")


# %% [markdown]
# ## Dos maneras de puntuar
#
# Luong: $q \cdot W k_t$. Bahdanau: $v \cdot \tanh(W q + U k_t)$.
# %%
class Luong(nn.Module):
    """query (batch, size), states (batch, steps, size) -> puntuaciones (batch, steps)"""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.W = nn.Linear(size, size, bias=False)

    def forward(self, query: Tensor, states: Tensor) -> Tensor:
        # Pista: torch.bmm quiere tres dimensiones; o bien multiplica y suma.
        raise NotImplementedError("hueco 3")


class Bahdanau(nn.Module):
    """query (batch, size), states (batch, steps, size) -> puntuaciones (batch, steps)"""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.W = nn.Linear(size, size, bias=False)
        self.U = nn.Linear(size, size)
        self.v = nn.Linear(size, 1, bias=False)

    def forward(self, query: Tensor, states: Tensor) -> Tensor:
        # Pista: la consulta es la misma para todos los pasos: unsqueeze.
        raise NotImplementedError("hueco 4")


# %% [markdown]
# ## Un paso del decodificador
# %%
class Decoder(nn.Module):
    """La palabra y el estado anteriores -> puntuaciones de la palabra siguiente, el nuevo estado, los pesos"""

    def __init__(self, words: int, size: int, attention: nn.Module) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.cell = nn.GRUCell(size, size)
        self.attention = attention
        self.output = nn.Linear(2 * size, words)

    def step(self, word: Tensor, h: Tensor, states: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """word (batch,), h (batch, size) -> puntuaciones (batch, words), h (batch, size), pesos (batch, steps)"""
        # La celda lee la palabra; el estado nuevo pregunta; la salida lee estado y contexto, en ese orden.
        # Pista: torch.cat([h, context], 1).
        raise NotImplementedError("hueco 5")


# %%
def read(split: str, sentences: int) -> tuple[Tensor, Tensor, Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, sentences)
    source = [torch.tensor(row) for row in table["source"].to_pylist()]
    target = [torch.tensor([2, *row, 3]) for row in table["target"].to_pylist()]  # <bos> ... <eos>
    lengths = torch.tensor([len(row) for row in source])
    return pad_sequence(source, batch_first=True), lengths, pad_sequence(target, batch_first=True)


def loss_of(encoder: Encoder, decoder: Decoder, source: Tensor, lengths: Tensor, target: Tensor) -> Tensor:
    states, h = encoder(source, lengths)
    scores = []
    for word in target[:, :-1].unbind(1):
        one, h, _ = decoder.step(word, h, states, lengths)
        scores.append(one)
    return cross_entropy(torch.stack(scores, 1).flatten(0, 1), target[:, 1:].flatten(), ignore_index=0)


if __name__ == "__main__":
    # Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/translation"
    known = [
        json.loads((DATA / f"{side}_vocabulary.json").read_text(encoding="utf-8")) for side in ("source", "target")
    ]
    training, unseen = read("train", 4000), read("validation", 500)
    for kind in (Luong, Bahdanau):
        torch.manual_seed(1)
        encoder, decoder = Encoder(len(known[0]), 48), Decoder(len(known[1]), 48, kind(48))
        optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.005)
        for _ in range(2):
            for rows in torch.randperm(len(training[0])).split(64):
                source, lengths, target = (one[rows] for one in training)
                loss = loss_of(encoder, decoder, source, lengths, target[:, : int((target > 0).sum(1).max())])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        with torch.inference_mode():
            print(f"{kind.__name__:8} {loss_of(encoder, decoder, *unseen).exp().item():.1f}")

# %% [markdown]
# ## Para pensar
#
# - Lo que se imprime es la perplejidad. ¿Cómo cambia con más frases, o con más épocas?
# - Sin atención, toda la frase tiene que caber en un solo vector. ¿En qué frases se notará más?

# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `my_translation.py`:
#
#     rnn check 8 my_translation.py
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro prepare@translation
