# %% [markdown] lang="es"
# # Ejercicio 3. ¿Una reseña positiva o negativa?
#
# De un texto a una decisión: palabras, números, un lote rectangular, una red recurrente, su último estado. En un lote
# las reseñas tienen longitudes distintas; en la última columna, casi todas tienen relleno. Empaquetar
# (`pack_padded_sequence`) le dice a la red dónde acaba cada una.
# %% [markdown] lang="en"
# # Exercise 3. A positive or a negative review?
#
# From a text to a decision: words, numbers, a rectangular batch, a recurrent network, its last state. The reviews in a
# batch have different lengths; in the last column, most of them have padding. Packing (`pack_padded_sequence`)
# tells the network where each one ends.
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


# %% [markdown] lang="es"
# ## Palabras y vocabulario
#
# `<pad>` es siempre el número 0 y `<unk>`, la palabra desconocida, el 1.
# %% [markdown] lang="en"
# ## Words and vocabulary
#
# `<pad>` is always number 0, and `<unk>`, the unknown word, number 1.
# %%
def tokenise(text: str) -> list[str]:
    """ "It's great!" -> ["it's", "great", "!"]"""
    # blank
    # es: Pista: minúsculas, y una expresión regular: letras, cifras y apóstrofos seguidos, o bien un solo signo que no
    # es: sea ninguno de ellos ni espacio.
    # en: Hint: lower case, and a regular expression: letters, digits and apostrophes in a row, or else a single mark
    # en: that is none of them and no space.
    return re.findall(r"[\w']+|[^\w\s]", text.lower())
    # end


def vocabulary_of(texts: list[list[str]], size: int) -> list[str]:
    # es: """`<pad>`, `<unk>` y después las palabras más frecuentes, de más a menos: como mucho `size` en total"""
    """`<pad>`, `<unk>`, then the commonest words, the commonest first: `size` in all at most"""
    # blank
    # es: Pista: Counter.most_common. ¿Cuántas plazas quedan para palabras?
    # en: Hint: Counter.most_common. How many places are left for words?
    counts = Counter(word for text in texts for word in text)
    return ["<pad>", "<unk>", *(word for word, _ in counts.most_common(size - 2))]
    # end


def encode(words: list[str], vocabulary: list[str]) -> Tensor:
    # es: """Palabras -> sus números (words,) int64"""
    """Words -> their numbers (words,) int64"""
    # blank
    # es: Pista: ¿qué número tiene una palabra que no está?
    # en: Hint: which number does a word outside the vocabulary get?
    number = {word: place for place, word in enumerate(vocabulary)}
    return torch.tensor([number.get(word, 1) for word in words])
    # end


def pad(reviews: list[Tensor]) -> tuple[Tensor, Tensor]:
    # es: """Reseñas de distintas longitudes -> tokens (batch, steps) con 0 en el relleno, lengths (batch,)"""
    """Reviews of different lengths -> tokens (batch, steps) with 0 in the padding, lengths (batch,)"""
    # blank
    # es: Pista: torch.zeros(..., dtype=torch.int64), y cada reseña al principio de su fila.
    # en: Hint: torch.zeros(..., dtype=torch.int64), and each review at the beginning of its row.
    lengths = torch.tensor([len(review) for review in reviews])
    tokens = torch.zeros(len(reviews), int(lengths.max()), dtype=torch.int64)
    for row, review in enumerate(reviews):
        tokens[row, : len(review)] = review
    return tokens, lengths
    # end


# %% [markdown] lang="es"
# ## La red
# %% [markdown] lang="en"
# ## The network
# %%
class Classifier(nn.Module):
    # es: """tokens (batch, steps), lengths (batch,) -> puntuaciones de las dos clases (batch, 2)"""
    """tokens (batch, steps), lengths (batch,) -> scores of the two classes (batch, 2)"""

    def __init__(self, words: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.lstm = nn.LSTM(size, size, batch_first=True)
        self.output = nn.Linear(size, 2)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        # blank
        # es: Pista: enforce_sorted=False; la LSTM devuelve (salidas, (h, c)). ¿Qué es h[-1]?
        # en: Hint: enforce_sorted=False; the LSTM returns (outputs, (h, c)). What is h[-1]?
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)
        return self.output(h[-1])
        # end


# %% [markdown] lang="es"
# ## Entrenar y evaluar
#
# Los datos preparados ya son números, con el vocabulario del proyecto.
# %% [markdown] lang="en"
# ## Train and evaluate
#
# The prepared data are numbers already, with the project's vocabulary.
# %%
def read(split: str, reviews: int) -> tuple[list[Tensor], Tensor]:
    table = pa.ipc.open_file(DATA / f"{split}.arrow").read_all().slice(0, reviews)
    return [torch.tensor(row[-60:]) for row in table["tokens"].to_pylist()], torch.tensor(table["label"].to_pylist())


if __name__ == "__main__":
    # es: Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    # en: Small networks lose time when threads wait for each other.
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

# %% [markdown] lang="es"
# ## Para pensar
#
# - Cambia `h[-1]` por la última columna de las salidas sin empaquetar. ¿Cuánto se pierde?, ¿en qué reseñas?
# - ¿Por qué el vocabulario se cuenta solo en los textos de entrenamiento?
# %% [markdown] lang="en"
# ## To think about
#
# - Put the last column of the outputs, without packing, in the place of `h[-1]`. How much is lost? In which reviews?
# - Why is the vocabulary counted in the training texts alone?
