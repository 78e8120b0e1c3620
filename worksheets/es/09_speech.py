# %% [markdown]
# # Ejercicio 9. Dígitos hablados, con varias capas
#
# Cada grabación es una secuencia de tramas; cada trama, unos pocos números (MFCC). Una red de **tres capas** la lee: la
# segunda lee los estados de la primera, la tercera los de la segunda. Decide el último estado de la capa de arriba.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence


# %% [markdown]
# ## Normalizar cada grabación
#
# Una voz fuerte y otra débil dicen lo mismo. Resta a cada grabación su media y divide por su desviación típica (la que
# divide entre length, no entre length - 1), coeficiente a coeficiente. El relleno no entra en la cuenta y acaba en
# cero.
# %%
def normalised(frames: Tensor, lengths: Tensor) -> Tensor:
    """frames (batch, steps, size), lengths (batch,) -> la misma forma; se divide por la desviación más 0.00001"""
    # Pista: una máscara (batch, steps, 1). La desviación: raíz de la media de los cuadrados, entre length pasos.
    raise NotImplementedError("hueco 1")


# %% [markdown]
# ## La red
# %%
class Recogniser(nn.Module):
    """frames (batch, steps, size), lengths (batch,) -> puntuaciones de las palabras (batch, words)"""

    def __init__(self, size: int, hidden_size: int, words: int, layers: int = 3) -> None:
        super().__init__()
        # Pon a la LSTM el nombre lstm, y a la capa de salida, output.
        # Pista: nn.LSTM sabe apilar capas.
        raise NotImplementedError("hueco 2")

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        # Pista: h tiene la forma (layers, batch, hidden). ¿Cuál es la capa de arriba?
        raise NotImplementedError("hueco 3")


# %% [markdown]
# ## ¿Qué aportan más capas?
# %%
def read(split: str, recordings: int) -> tuple[Tensor, Tensor, Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all()
    table = table.take(torch.randperm(len(table))[:recordings].tolist())
    size = json.loads((DATA / "meta.json").read_text(encoding="utf-8"))["dimensions"]
    frames = [torch.tensor(row).view(-1, size) for row in table["features"].to_pylist()]
    lengths = torch.tensor([len(one) for one in frames])
    return pad_sequence(frames, batch_first=True), lengths, torch.tensor(table["label"].to_pylist()).long()


if __name__ == "__main__":
    # Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    DATA = ROOT / "data/prepared/speech"
    torch.manual_seed(1)
    (frames, lengths, labels), (unseen, unseen_lengths, truth) = read("train", 1200), read("validation", 600)
    frames, unseen = normalised(frames, lengths), normalised(unseen, unseen_lengths)
    for layers in (1, 3):
        torch.manual_seed(1)
        model = Recogniser(frames.shape[2], 32, int(labels.max()) + 1, layers)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(8):
            for rows in torch.randperm(len(labels)).split(64):
                optimizer.zero_grad()
                cross_entropy(model(frames[rows], lengths[rows]), labels[rows]).backward()
                optimizer.step()
        with torch.inference_mode():
            accuracy = (model(unseen, unseen_lengths).argmax(1) == truth).float().mean().item()
        print(layers, f"{accuracy:.3f}")

# %% [markdown]
# ## Para pensar
#
# - Tres capas tienen más parámetros que una. ¿Cómo sabrías si ayuda la profundidad o solo el tamaño?
# - ¿Qué se pierde al restar la media de cada grabación?

# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `my_speech.py`:
#
#     rnn check 9 my_speech.py
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro prepare@speech
