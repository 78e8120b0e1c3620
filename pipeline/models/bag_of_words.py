"""Logistic regression on the words of a text and the pairs of neighbours among them, weighted by TF-IDF (exercise 3).

There is no recurrence: but for the pairs, the order of the words is lost.
"""

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.layers.recurrent import length_mask


class BagOfWords(nn.Module):
    """A linear classifier of two classes.

    A feature is a word, whose key is its id, or a pair of neighbours, whose key is `vocabulary * (1 + first) + second`.

    Args:
        vocabulary: number of token ids; id 0 is padding.
        features: number of words and pairs that are known.
    """

    keys: Tensor
    idf: Tensor

    def __init__(self, vocabulary: int, features: int) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.register_buffer("keys", torch.arange(features))  # (features,) ascending
        self.register_buffer("idf", torch.ones(features))
        self.weight = nn.Parameter(torch.zeros(features))
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, None]:
        """Classify a padded batch.

        Args:
            tokens: (batch, steps) int64.
            lengths: (batch,) int64, from 1 to steps.

        Returns:
            logits (batch, 2), the first of them 0; None, because nothing is weighed step by step.
        """
        rows, columns, values = self.tf_idf(tokens, lengths)
        score = values.new_zeros(len(tokens)).index_add(0, rows, values * self.weight[columns]) + self.bias
        return torch.stack([torch.zeros_like(score), score], 1), None

    def tf_idf(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The features of a padded batch, (found,) each: row, column and (1 + ln count) * idf, a row's norm being 1."""
        rows, keys, counts = counted(tokens, lengths, self.vocabulary)
        columns = torch.searchsorted(self.keys, keys).clamp(max=len(self.keys) - 1)
        known = self.keys[columns] == keys
        rows, columns, counts = rows[known], columns[known], counts[known]
        values = (1 + counts.float().log()) * self.idf[columns]
        squares = values.new_zeros(len(tokens)).index_add(0, rows, values.square())
        return rows, columns, values / squares.sqrt()[rows]

    def set_features(self, keys: np.ndarray, texts: np.ndarray, of: int) -> None:
        """Know these features, (features,) ascending, which are in `texts` (features,) of so many texts."""
        self.keys.copy_(torch.from_numpy(keys))
        self.idf.copy_(torch.from_numpy(np.log((1 + of) / (1 + texts)) + 1))

    def set_weights(self, weight: np.ndarray, bias: np.ndarray) -> None:
        """The weights (features,) and the constant (1,) of a regression that was fitted."""
        with torch.no_grad():
            self.weight.copy_(torch.from_numpy(weight))
            self.bias.copy_(torch.from_numpy(bias))


def counted(tokens: Tensor, lengths: Tensor, vocabulary: int) -> tuple[Tensor, Tensor, Tensor]:
    """How often each word and pair is in each row of a padded batch: (found,) rows, keys and counts, in this order."""
    inside = length_mask(lengths, tokens.shape[1])
    pairs = vocabulary * (1 + tokens[:, :-1]) + tokens[:, 1:]
    keys = torch.cat([tokens, pairs], 1)[torch.cat([inside, inside[:, 1:]], 1)]
    rows = torch.arange(len(tokens), device=tokens.device).repeat_interleave(2 * lengths - 1)
    span = vocabulary * (1 + vocabulary)  # more than any key
    found, counts = (rows * span + keys).unique(return_counts=True)
    return found // span, found % span, counts
