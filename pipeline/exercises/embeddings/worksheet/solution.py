# %% [markdown] lang="es"
# # Ejercicio 4. Una capa de embedding propia
#
# Una tabla con un vector por palabra. Puede empezar al azar o con vectores ya entrenados; puede entrenarse o quedarse
# congelada. Y la fila del relleno (el número 0) es especial: vale cero y **sigue valiendo cero** al entrenar.
# %% [markdown] lang="en"
# # Exercise 4. An embedding layer of your own
#
# A table with a vector for each word. It may begin at random or with trained vectors; it may be trained or stay frozen.
# And the row of padding (number 0) is special: it is zero, and **stays zero** in training.
# %%
import json
import time
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import PackedSequence, pad_sequence


# %% [markdown] lang="es"
# ## La capa
# %% [markdown] lang="en"
# ## The layer
# %%
class Embedding(nn.Module):
    # es: """Una tabla `weight` (words, size). Empieza con vectors (words, size) o, si no se dan, al azar."""
    """A table `weight` (words, size). vectors (words, size) is what it begins with; without them, at random."""

    def __init__(self, words: int, size: int, vectors: Tensor | None = None, frozen: bool = False) -> None:
        super().__init__()
        # blank
        # es: Pista: copia los vectores que te dan (no son tuyos), pon la fila 0 a cero y haz un nn.Parameter.
        # en: Hint: copy the vectors you are given (they are not yours), set row 0 to zero, and make a nn.Parameter.
        weight = torch.randn(words, size) if vectors is None else vectors.clone()
        weight[0] = 0.0
        self.weight = nn.Parameter(weight)
        # end
        self.freeze(frozen)

    def freeze(self, frozen: bool = True) -> None:
        # es: """Dejar de entrenar los vectores, o volver a entrenarlos."""
        """Stop training the vectors, or train them again."""
        # blank
        # es: Pista: requires_grad. ¿Y el gradiente que dejó el paso anterior?
        # en: Hint: requires_grad. And the gradient that the step before left?
        self.weight.requires_grad_(not frozen)
        self.weight.grad = None
        # end

    def forward(self, tokens: Tensor | PackedSequence) -> Tensor | PackedSequence:
        # es: """tokens de cualquier forma (...) -> (..., size); un PackedSequence de tokens -> uno de vectores"""
        """tokens of any shape (...) -> (..., size); a PackedSequence of tokens -> one of vectors"""
        if isinstance(tokens, PackedSequence):
            # blank
            # es: Pista: solo cambia .data; batch_sizes, sorted_indices y unsorted_indices se quedan.
            # en: Hint: only .data changes; batch_sizes, sorted_indices and unsorted_indices stay.
            return tokens._replace(data=self(tokens.data))
            # end
        # blank
        # es: Pista: indexa la tabla. Para que el relleno no reciba gradiente, ponlo a cero después de buscarlo.
        # en: Hint: index the table. So that padding gets no gradient, set it to zero after looking it up.
        return self.weight[tokens].masked_fill((tokens == 0).unsqueeze(-1), 0.0)
        # end


# %% [markdown] lang="es"
# ## ¿Congelar o entrenar?
#
# GloVe trae 400 000 palabras. Las que no conoce se quedan al azar. Se miden la exactitud y el tiempo.
# %% [markdown] lang="en"
# ## Freeze or train?
#
# GloVe brings 400,000 words. Those that it does not know stay random. Accuracy and time are measured.
# %%
class Classifier(nn.Module):
    def __init__(self, embedding: nn.Module, size: int) -> None:
        super().__init__()
        self.embedding, self.output = embedding, nn.Linear(size, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        lengths = (tokens > 0).sum(1, keepdim=True)
        return self.output(self.embedding(tokens).sum(1) / lengths)


def read(split: str, reviews: int) -> tuple[Tensor, Tensor]:
    table = pa.ipc.open_file(PREPARED / f"imdb/{split}.arrow").read_all().slice(0, reviews)
    tokens = pad_sequence([torch.tensor(row[-100:]) for row in table["tokens"].to_pylist()], batch_first=True)
    return tokens, torch.tensor(table["label"].to_pylist()).long()


def glove(vocabulary: list[str]) -> Tensor:
    table = pa.ipc.open_file(PREPARED / "vectors/vectors.arrow").read_all()
    place = {word: row for row, word in enumerate(table["word"].to_pylist())}
    known = [row for row, word in enumerate(vocabulary) if word in place]
    size = len(table["vector"][0])
    values = torch.tensor(table["vector"].combine_chunks().flatten().to_numpy()).view(-1, size)
    vectors = torch.randn(len(vocabulary), size)
    vectors[known] = values[[place[vocabulary[row]] for row in known]]
    return vectors


if __name__ == "__main__":
    # es: Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    # en: Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    PREPARED = ROOT / "data/prepared"
    vocabulary = json.loads((PREPARED / "imdb/vocabulary.json").read_text(encoding="utf-8"))
    (tokens, labels), (unseen, truth), vectors = read("train", 4000), read("validation", 1000), glove(vocabulary)
    for name, start, frozen in (("random", None, False), ("glove", vectors, False), ("glove frozen", vectors, True)):
        torch.manual_seed(1)
        model = Classifier(Embedding(len(vocabulary), vectors.shape[1], start, frozen), vectors.shape[1])
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        began = time.perf_counter()
        for _ in range(5):
            for rows in torch.randperm(len(labels)).split(64):
                optimizer.zero_grad()
                cross_entropy(model(tokens[rows]), labels[rows]).backward()
                optimizer.step()
        with torch.inference_mode():
            accuracy = (model(unseen).argmax(1) == truth).float().mean().item()
        print(f"{name:12} {accuracy:.3f} {time.perf_counter() - began:.1f} s")

# %% [markdown] lang="es"
# ## Para pensar
#
# - ¿Por qué ahorra tiempo congelar, si la tabla se lee igual?
# - ¿Cuántas reseñas harían falta para que los vectores al azar alcanzaran a los de GloVe?
# %% [markdown] lang="en"
# ## To think about
#
# - Why does freezing save time, although the table is read all the same?
# - How many reviews would it take for random vectors to catch up with GloVe's?
