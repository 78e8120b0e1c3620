# %% [markdown] lang="es"
# # Ejercicios 8 y 11. Traducir con atención
#
# El codificador lee la frase empaquetada y devuelve un estado por palabra, desempaquetado. El decodificador escribe
# palabra a palabra; en cada paso mira **todos** los estados y decide a cuáles atender. Aquí escribes el codificador,
# las dos atenciones y un paso del decodificador.
# %% [markdown] lang="en"
# # Exercises 8 and 11. Translating with attention
#
# The encoder reads the packed sentence and returns a state for each word, unpacked. The decoder writes word by word; at
# each step it looks at **all** states, and decides which to attend to. Here you write the encoder, both attentions, and
# a step of the decoder.
# %%
import json
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence


# %% [markdown] lang="es"
# ## El codificador
# %% [markdown] lang="en"
# ## The encoder
# %%
class Encoder(nn.Module):
    # es: """words (batch, steps), lengths (batch,) -> estados (batch, steps, size), relleno 0; último (batch, size)"""
    """words (batch, steps), lengths (batch,) -> states (batch, steps, size), zero in the padding; last (batch, size)"""

    def __init__(self, words: int, size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.gru = nn.GRU(size, size, batch_first=True)

    def forward(self, words: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        # blank
        # es: Pista: empaqueta a la entrada, desempaqueta las salidas; el último estado ya viene hecho.
        # en: Hint: pack what goes in, unpack the outputs; the last state comes ready-made.
        packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True, enforce_sorted=False)
        outputs, last = self.gru(packed)
        states, _ = pad_packed_sequence(outputs, batch_first=True, total_length=words.shape[1])
        return states, last[-1]
        # end


# %% [markdown] lang="es"
# ## De puntuaciones a una suma ponderada
#
# Los pesos de una frase son positivos, suman uno y valen **exactamente cero** en el relleno.
# %% [markdown] lang="en"
# ## From scores to a weighted sum
#
# The weights of a sentence are positive, add up to one, and are **exactly zero** in the padding.
# %%
def attend(scores: Tensor, states: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    # es: """scores (batch, steps), states (batch, steps, size) -> contexto (batch, size), pesos (batch, steps)"""
    """scores (batch, steps), states (batch, steps, size) -> context (batch, size), weights (batch, steps)"""
    # blank
    # es: Pista: -inf antes del softmax; después, una suma de estados por pesos.
    # en: Hint: -inf before the softmax; then a sum of states times weights.
    mask = torch.arange(scores.shape[1]) < lengths.unsqueeze(1)
    weights = scores.masked_fill(~mask, float("-inf")).softmax(1)
    return (weights.unsqueeze(2) * states).sum(1), weights
    # end


# %% [markdown] lang="es"
# ## Dos maneras de puntuar
#
# Luong: $q \cdot W k_t$. Bahdanau: $v \cdot \tanh(W q + U k_t)$.
# %% [markdown] lang="en"
# ## Two ways to score
#
# Luong: $q \cdot W k_t$. Bahdanau: $v \cdot \tanh(W q + U k_t)$.
# %%
class Luong(nn.Module):
    # es: """query (batch, size), states (batch, steps, size) -> puntuaciones (batch, steps)"""
    """query (batch, size), states (batch, steps, size) -> scores (batch, steps)"""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.W = nn.Linear(size, size, bias=False)

    def forward(self, query: Tensor, states: Tensor) -> Tensor:
        # blank
        # es: Pista: torch.bmm quiere tres dimensiones; o bien multiplica y suma.
        # en: Hint: torch.bmm wants three dimensions; or else multiply and add up.
        return (query.unsqueeze(1) * self.W(states)).sum(2)
        # end


class Bahdanau(nn.Module):
    # es: """query (batch, size), states (batch, steps, size) -> puntuaciones (batch, steps)"""
    """query (batch, size), states (batch, steps, size) -> scores (batch, steps)"""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.W = nn.Linear(size, size, bias=False)
        self.U = nn.Linear(size, size)
        self.v = nn.Linear(size, 1, bias=False)

    def forward(self, query: Tensor, states: Tensor) -> Tensor:
        # blank
        # es: Pista: la consulta es la misma para todos los pasos: unsqueeze.
        # en: Hint: the query is the same for all steps: unsqueeze.
        return self.v(torch.tanh(self.W(query).unsqueeze(1) + self.U(states))).squeeze(2)
        # end


# %% [markdown] lang="es"
# ## Un paso del decodificador
# %% [markdown] lang="en"
# ## A step of the decoder
# %%
class Decoder(nn.Module):
    # es: """La palabra y el estado anteriores -> puntuaciones de la palabra siguiente, el nuevo estado, los pesos"""
    """The word before and the state before -> scores of the next word, the new state, weights"""

    def __init__(self, words: int, size: int, attention: nn.Module) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.cell = nn.GRUCell(size, size)
        self.attention = attention
        self.output = nn.Linear(2 * size, words)

    def step(self, word: Tensor, h: Tensor, states: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        # es: """word (batch,), h (batch, size) -> puntuaciones (batch, words), h (batch, size), pesos (batch, steps)"""
        """word (batch,), h (batch, size) -> scores (batch, words), h (batch, size), weights (batch, steps)"""
        # es: La celda lee la palabra; el estado nuevo pregunta; la salida lee estado y contexto, en ese orden.
        # en: The cell reads the word; the new state asks; the output reads state and context, in this order.
        # blank
        # es: Pista: torch.cat([h, context], 1).
        # en: Hint: torch.cat([h, context], 1).
        h = self.cell(self.embedding(word), h)
        context, weights = attend(self.attention(h, states), states, lengths)
        return self.output(torch.cat([h, context], 1)), h, weights
        # end


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
    # es: Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    # en: Small networks lose time when threads wait for each other.
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

# %% [markdown] lang="es"
# ## Para pensar
#
# - Lo que se imprime es la perplejidad. ¿Cómo cambia con más frases, o con más épocas?
# - Sin atención, toda la frase tiene que caber en un solo vector. ¿En qué frases se notará más?
# %% [markdown] lang="en"
# ## To think about
#
# - What is printed is the perplexity. How does it change with more sentences, or with more epochs?
# - Without attention, the whole sentence has to fit into one vector. In which sentences will that show most?
