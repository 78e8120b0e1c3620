# %% [markdown]
# # Ejercicio 10. Entidades, en una dirección y en las dos
#
# Una etiqueta por palabra: persona, lugar, organización u otra cosa. A veces lo que decide está a la derecha:
# *Washington* dijo, *Washington* D. C. Una red bidireccional lee también desde el final. En un lote con relleno, «el
# final» de cada frase está en otro sitio, y **la pérdida solo cuenta palabras de verdad**.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


# %% [markdown]
# ## La red
# %%
class Tagger(nn.Module):
    """words (batch, steps), lengths (batch,) -> puntuaciones de etiqueta por palabra (batch, steps, tags)"""

    def __init__(self, words: int, size: int, tags: int, bidirectional: bool) -> None:
        super().__init__()
        # Pon a las capas los nombres embedding, lstm y output.
        # Pista: ¿qué tamaño tiene un estado si se lee en las dos direcciones?
        raise NotImplementedError("hueco 1")

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        # Pista: empaqueta, y desempaqueta las salidas con total_length.
        raise NotImplementedError("hueco 2")


# %% [markdown]
# ## Pérdida y exactitud, por palabra
# %%
def loss_of(scores: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
    """scores (batch, steps, tags), tags (batch, steps), lengths (batch,) -> entropía cruzada por palabra ()"""
    # Pista: una máscara (batch, steps) sirve de índice: scores[mask] tiene la forma (palabras, tags).
    raise NotImplementedError("hueco 3")


def accuracy_of(scores: Tensor, tags: Tensor, lengths: Tensor) -> float:
    """La proporción de palabras reales que reciben la etiqueta correcta"""
    raise NotImplementedError("hueco 4")


# %% [markdown]
# ## ¿Una dirección o dos?
#
# Las palabras que no pertenecen a ninguna entidad llevan la etiqueta O; las demás etiquetas son `B-PER`, `I-PER`, etc.
# Respondiendo siempre O se acierta el 83 %, así que la exactitud se mide solo en las demás palabras.
# %%
def read(split: str, sentences: int) -> tuple[Tensor, Tensor, Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, sentences)
    words = [torch.tensor(row) for row in table["tokens"].to_pylist()]
    tags = [torch.tensor(row) for row in table["tags"].to_pylist()]
    lengths = torch.tensor([len(row) for row in words])
    return pad_sequence(words, batch_first=True), pad_sequence(tags, batch_first=True).long(), lengths


if __name__ == "__main__":
    # Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/conll2003"
    names = json.loads((DATA / "meta.json").read_text(encoding="utf-8"))["tags"]
    vocabulary = json.loads((DATA / "vocabulary.json").read_text(encoding="utf-8"))
    (words, tags, lengths), (unseen, truth, unseen_lengths) = read("train", 4000), read("validation", 1000)
    entity = truth != names.index("O")
    for bidirectional in (False, True):
        torch.manual_seed(1)
        model = Tagger(len(vocabulary), 48, len(names), bidirectional)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(4):
            for rows in torch.randperm(len(lengths)).split(64):
                steps = int(lengths[rows].max())
                scores = model(words[rows, :steps], lengths[rows])
                optimizer.zero_grad()
                loss_of(scores, tags[rows, :steps], lengths[rows]).backward()
                optimizer.step()
        with torch.inference_mode():
            scores = model(unseen, unseen_lengths)
        right = (scores.argmax(2) == truth)[entity].float().mean().item()
        print(bidirectional, f"{accuracy_of(scores, truth, unseen_lengths):.3f} {right:.3f}")

# %% [markdown]
# ## Para pensar
#
# - ¿Por qué el informe cuenta entidades enteras y no palabras?
# - ¿Podrías usar una red bidireccional para predecir la palabra siguiente?

# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `my_tagging.py`:
#
#     rnn check 10 my_tagging.py
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro prepare@conll2003
