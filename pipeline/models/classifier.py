"""Classify sequences: tokens -> embedding -> recurrent network -> pooled state -> class (exercises 0, 3, 4, 5, 6)."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.layers.embedding import Embedding
from pipeline.layers.pooling import Pooling
from pipeline.layers.recurrent import CELLS, LSTM


class Classifier(nn.Module):
    """A recurrent classifier of token sequences.

    Args:
        vocabulary: number of token ids; id 0 is padding.
        classes: number of classes.
        embedding_size, hidden_size, layers, bidirectional: of the network.
        cell: `rnn`, `gru` or `lstm`; None leaves the recurrent layers out, and the vectors of the words are pooled.
        pooling: how the states become one vector, see `Pooling`.
        dropout: probability of zeroing a feature of a sequence's embeddings, of its pooled state, and between layers.
        vectors: (vocabulary, embedding_size) float32 that the embedding begins with; None draws them.
        forget_bias: that an LSTM's forget gates begin with.
    """

    def __init__(
        self,
        vocabulary: int,
        classes: int,
        embedding_size: int,
        hidden_size: int,
        layers: int,
        bidirectional: bool,
        cell: str | None,
        pooling: str,
        dropout: float,
        vectors: np.ndarray | None = None,
        forget_bias: float = 1.0,
    ) -> None:
        super().__init__()
        self.embedding = Embedding(vocabulary, embedding_size, None if vectors is None else torch.tensor(vectors))
        self.recurrent: Any = CELLS[cell](embedding_size, hidden_size, layers, bidirectional, dropout) if cell else None
        if isinstance(self.recurrent, LSTM):
            self.recurrent.set_forget_bias(forget_bias)
        size = hidden_size * (2 if bidirectional else 1) if cell else embedding_size
        self.pooling = Pooling(pooling, size)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(size, classes)

    def forward(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor | None]:
        """Classify a padded batch.

        Args:
            tokens: (batch, steps) int64.
            lengths: (batch,) int64, from 1 to steps.

        Returns:
            logits (batch, classes), and the pooling weights (batch, steps) if the pooling has any.
        """
        embedded = self.embedding(tokens)  # (batch, steps, embedding)
        # One mask for all steps of a sequence (Gal & Ghahramani 2016).
        embedded = embedded * self.dropout(torch.ones_like(embedded[:, :1]))
        states, final = self.states(embedded, lengths)
        pooled, weights = self.pooling(states, lengths, final)
        return self.output(self.dropout(pooled)), weights

    def states(self, embedded: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The states (batch, steps, size) of (batch, steps, embedding) vectors, and the final ones (batch, size)."""
        if self.recurrent is None:
            return embedded, embedded[torch.arange(len(lengths), device=lengths.device), lengths - 1]
        states, final = self.recurrent(embedded, lengths, need_cell=False)
        hidden = final[0] if isinstance(final, tuple) else final  # (layers * directions, batch, hidden)
        top = hidden[-2:] if self.recurrent.bidirectional else hidden[-1:]
        return states, top.transpose(0, 1).flatten(1)
