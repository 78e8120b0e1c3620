# %% [markdown] lang="es"
# # Ejercicio 9. Dígitos hablados, con varias capas
#
# Cada grabación es una secuencia de tramas; cada trama, unos pocos números (MFCC). Una red de **tres capas** la lee: la
# segunda lee los estados de la primera, la tercera los de la segunda. Decide el último estado de la capa de arriba.
# %% [markdown] lang="en"
# # Exercise 9. Spoken digits, with several layers
#
# A recording is a sequence of frames; a frame, a few numbers (MFCCs). A network of **three layers** reads it: the
# second reads the states of the first, the third those of the second. The last state of the top layer decides.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence


# %% [markdown] lang="es"
# ## Normalizar cada grabación
#
# Una voz fuerte y otra débil dicen lo mismo. Resta a cada grabación su media y divide por su desviación típica (la que
# divide entre length, no entre length - 1), coeficiente a coeficiente. El relleno no entra en la cuenta y acaba en
# cero.
# %% [markdown] lang="en"
# ## Normalise each recording
#
# A loud voice and a soft one say the same. Subtract each recording's mean and divide by its standard deviation (the one
# that divides by length, not by length - 1), coefficient by coefficient. Padding does not count, and ends up as zero.
# %%
def normalised(frames: Tensor, lengths: Tensor) -> Tensor:
    # es: """frames (batch, steps, size), lengths (batch,) -> la misma forma; se divide por la desviación más 0.00001"""
    """frames (batch, steps, size), lengths (batch,) -> the same shape; divide by the deviation plus 0.00001"""
    # blank
    # es: Pista: una máscara (batch, steps, 1). La desviación: raíz de la media de los cuadrados, entre length pasos.
    # en: Hint: a mask (batch, steps, 1). The deviation: the root of the mean of squares, over length steps.
    mask = (torch.arange(frames.shape[1]) < lengths.unsqueeze(1)).unsqueeze(2)
    count = lengths.view(-1, 1, 1)
    centred = frames.masked_fill(~mask, 0.0)
    centred = (centred - centred.sum(1, keepdim=True) / count).masked_fill(~mask, 0.0)
    deviation = (centred.pow(2).sum(1, keepdim=True) / count).sqrt()
    return centred / (deviation + 1e-5)
    # end


# %% [markdown] lang="es"
# ## La red
# %% [markdown] lang="en"
# ## The network
# %%
class Recogniser(nn.Module):
    # es: """frames (batch, steps, size), lengths (batch,) -> puntuaciones de las palabras (batch, words)"""
    """frames (batch, steps, size), lengths (batch,) -> scores of the words (batch, words)"""

    def __init__(self, size: int, hidden_size: int, words: int, layers: int = 3) -> None:
        super().__init__()
        # es: Pon a la LSTM el nombre lstm, y a la capa de salida, output.
        # en: Call the LSTM lstm, and the output layer output.
        # blank
        # es: Pista: nn.LSTM sabe apilar capas.
        # en: Hint: nn.LSTM knows how to stack layers.
        self.lstm = nn.LSTM(size, hidden_size, num_layers=layers, batch_first=True)
        self.output = nn.Linear(hidden_size, words)
        # end

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        # blank
        # es: Pista: h tiene la forma (layers, batch, hidden). ¿Cuál es la capa de arriba?
        # en: Hint: h has the shape (layers, batch, hidden). Which one is the top layer?
        packed = pack_padded_sequence(frames, lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)
        return self.output(h[-1])
        # end


# %% [markdown] lang="es"
# ## ¿Qué aportan más capas?
# %% [markdown] lang="en"
# ## What do more layers buy?
# %%
def read(split: str, recordings: int) -> tuple[Tensor, Tensor, Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all()
    table = table.take(torch.randperm(len(table))[:recordings].tolist())
    size = json.loads((DATA / "meta.json").read_text(encoding="utf-8"))["dimensions"]
    frames = [torch.tensor(row).view(-1, size) for row in table["features"].to_pylist()]
    lengths = torch.tensor([len(one) for one in frames])
    return pad_sequence(frames, batch_first=True), lengths, torch.tensor(table["label"].to_pylist()).long()


if __name__ == "__main__":
    # es: Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    # en: Small networks lose time when threads wait for each other.
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

# %% [markdown] lang="es"
# ## Para pensar
#
# - Tres capas tienen más parámetros que una. ¿Cómo sabrías si ayuda la profundidad o solo el tamaño?
# - ¿Qué se pierde al restar la media de cada grabación?
# %% [markdown] lang="en"
# ## To think about
#
# - Three layers have more parameters than one. How would you know whether depth helps, or just size?
# - What is lost when each recording's mean is subtracted?
