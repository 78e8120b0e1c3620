# %% [markdown] lang="es"
# # Ejercicio 10. Entidades, en una dirección y en las dos
#
# Una etiqueta por palabra: persona, lugar, organización u otra cosa. A veces lo que decide está a la derecha:
# *Washington* dijo, *Washington* D. C. Una red bidireccional lee también desde el final. En un lote con relleno, «el
# final» de cada frase está en otro sitio, y **la pérdida solo cuenta palabras de verdad**.
# %% [markdown] lang="en"
# # Exercise 10. Entities, in one direction and in both
#
# A tag for each word: person, place, organisation, or something else. Sometimes what decides is to the right:
# *Washington* said, *Washington* D.C. A bidirectional network reads from the end as well. In a padded batch "the end"
# of each sentence is somewhere else, and **the loss counts real words alone**.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


# %% [markdown] lang="es"
# ## La red
# %% [markdown] lang="en"
# ## The network
# %%
class Tagger(nn.Module):
    # es: """words (batch, steps), lengths (batch,) -> puntuaciones de etiqueta por palabra (batch, steps, tags)"""
    """words (batch, steps), lengths (batch,) -> scores of the tags of every word (batch, steps, tags)"""

    def __init__(self, words: int, size: int, tags: int, bidirectional: bool) -> None:
        super().__init__()
        # es: Pon a las capas los nombres embedding, lstm y output.
        # en: Call the layers embedding, lstm and output.
        # blank
        # es: Pista: ¿qué tamaño tiene un estado si se lee en las dos direcciones?
        # en: Hint: how large is a state that is read in both directions?
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.lstm = nn.LSTM(size, size, batch_first=True, bidirectional=bidirectional)
        self.output = nn.Linear(size * (2 if bidirectional else 1), tags)
        # end

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        # blank
        # es: Pista: empaqueta, y desempaqueta las salidas con total_length.
        # en: Hint: pack, and unpack the outputs with total_length.
        packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True, enforce_sorted=False)
        outputs, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=words.shape[1])
        return self.output(outputs)
        # end


# %% [markdown] lang="es"
# ## Pérdida y exactitud, por palabra
# %% [markdown] lang="en"
# ## Loss and accuracy, by word
# %%
def loss_of(scores: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
    # es: """scores (batch, steps, tags), tags (batch, steps), lengths (batch,) -> entropía cruzada por palabra ()"""
    """scores (batch, steps, tags), tags (batch, steps), lengths (batch,) -> mean cross-entropy of the real words ()"""
    # blank
    # es: Pista: una máscara (batch, steps) sirve de índice: scores[mask] tiene la forma (palabras, tags).
    # en: Hint: a mask (batch, steps) serves as an index: scores[mask] has the shape (words, tags).
    mask = torch.arange(tags.shape[1]) < lengths.unsqueeze(1)
    return cross_entropy(scores[mask], tags[mask])
    # end


def accuracy_of(scores: Tensor, tags: Tensor, lengths: Tensor) -> float:
    # es: """La proporción de palabras reales que reciben la etiqueta correcta"""
    """The share of real words that get their tag"""
    # blank
    mask = torch.arange(tags.shape[1]) < lengths.unsqueeze(1)
    return (scores.argmax(2) == tags)[mask].float().mean().item()
    # end


# %% [markdown] lang="es"
# ## ¿Una dirección o dos?
#
# Las palabras que no pertenecen a ninguna entidad llevan la etiqueta O; las demás etiquetas son `B-PER`, `I-PER`, etc.
# Respondiendo siempre O se acierta el 83 %, así que la exactitud se mide solo en las demás palabras.
# %% [markdown] lang="en"
# ## One direction or two?
#
# Words outside entities are tagged O; the other tags are `B-PER`, `I-PER` and so on. Always answering O is right for
# 83% of the words, so accuracy is measured on the other words alone.
# %%
def read(split: str, sentences: int) -> tuple[Tensor, Tensor, Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, sentences)
    words = [torch.tensor(row) for row in table["tokens"].to_pylist()]
    tags = [torch.tensor(row) for row in table["tags"].to_pylist()]
    lengths = torch.tensor([len(row) for row in words])
    return pad_sequence(words, batch_first=True), pad_sequence(tags, batch_first=True).long(), lengths


if __name__ == "__main__":
    # es: Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    # en: Small networks lose time when threads wait for each other.
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

# %% [markdown] lang="es"
# ## Para pensar
#
# - ¿Por qué el informe cuenta entidades enteras y no palabras?
# - ¿Podrías usar una red bidireccional para predecir la palabra siguiente?
# %% [markdown] lang="en"
# ## To think about
#
# - Why does the report count whole entities, and not words?
# - Could you use a bidirectional network to predict the next word?
