"""Sequence tagging: one tag per word from the state at that word (exercise 10)."""

import torch
from torch import Tensor, nn

from pipeline.layers.recurrent import CELLS


class Tagger(nn.Module):
    """A recurrent tagger over word vectors and a case feature.

    Args:
        vocabulary: number of word ids; id 0 is padding.
        cases: number of case categories; 0 is padding.
        tags: number of tags.
        vector_size, case_size: of the word vectors and of the case embedding.
        hidden_size, layers, bidirectional, cell: of the network.
        dropout: probability of zeroing a feature of the input and of the states.
    """

    def __init__(
        self,
        vocabulary: int,
        cases: int,
        tags: int,
        vector_size: int,
        case_size: int,
        hidden_size: int,
        layers: int,
        bidirectional: bool,
        cell: str,
        dropout: float,
    ) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, vector_size, padding_idx=0)
        self.cases = nn.Embedding(cases, case_size, padding_idx=0)
        self.recurrent = CELLS[cell](vector_size + case_size, hidden_size, layers, bidirectional, dropout)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden_size * (2 if bidirectional else 1), tags)

    def forward(self, words: Tensor, cases: Tensor, lengths: Tensor) -> Tensor:
        """Tag a padded batch.

        Args:
            words, cases: (batch, steps) int64.
            lengths: (batch,) int64, from 1 to steps.

        Returns:
            logits (batch, steps, tags) float32; those in the padding mean nothing.
        """
        embedded = self.dropout(torch.cat([self.words(words), self.cases(cases)], 2))
        states, _ = self.recurrent(embedded, lengths, need_cell=False)  # (batch, steps, hidden * directions)
        return self.output(self.dropout(states.float()))
