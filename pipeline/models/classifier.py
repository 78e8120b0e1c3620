"""Classify sequences: tokens -> embedding -> recurrent network -> pooled state -> class (exercises 0, 3, 4, 5, 6)."""

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.layers.embedding import Embedding
from pipeline.layers.pooling import Pooling
from pipeline.layers.recurrent import CELLS


class Classifier(nn.Module):
    """A recurrent classifier of token sequences.

    Args:
        vocabulary: number of token ids; id 0 is padding.
        classes: number of classes.
        embedding_size, hidden_size, layers, bidirectional: of the network.
        cell: `rnn`, `gru` or `lstm`.
        pooling: how the states become one vector, see `Pooling`.
        dropout: probability of zeroing a feature of a sequence's embeddings, of its pooled state, and between layers.
        vectors: (vocabulary, embedding_size) float32 that the embedding begins with; None draws them.
    """

    def __init__(
        self,
        vocabulary: int,
        classes: int,
        embedding_size: int,
        hidden_size: int,
        layers: int,
        bidirectional: bool,
        cell: str,
        pooling: str,
        dropout: float,
        vectors: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        self.embedding = Embedding(vocabulary, embedding_size, None if vectors is None else torch.tensor(vectors))
        self.recurrent = CELLS[cell](embedding_size, hidden_size, layers, bidirectional, dropout)
        size = hidden_size * (2 if bidirectional else 1)
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
        states, final = self.recurrent(embedded, lengths, need_cell=False)  # (batch, steps, size)
        hidden = final[0] if isinstance(final, tuple) else final  # (layers * directions, batch, hidden)
        top = hidden[-2:] if self.recurrent.bidirectional else hidden[-1:]
        pooled, weights = self.pooling(states, lengths, top.transpose(0, 1).flatten(1))
        return self.output(self.dropout(pooled)), weights
