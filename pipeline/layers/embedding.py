"""An embedding layer by hand (exercise 4): random or pretrained, frozen or trained, for padded and packed input."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

PADDING = 0  # the id of padding


class Embedding(nn.Module):
    """A table of vectors, one row for each id. The row of padding is zero, stays zero and gets no gradient.

    Args:
        vocabulary: number of ids.
        size: of a vector.
        vectors: (vocabulary, size) to begin with; None draws them from N(0, 1).
        frozen: whether the vectors stay as they are; `freeze` changes that at any time.

    Raises:
        ValueError: the vectors have another shape.
    """

    def __init__(self, vocabulary: int, size: int, vectors: Tensor | None = None, frozen: bool = False) -> None:
        super().__init__()
        weight = torch.randn(vocabulary, size) if vectors is None else vectors.detach().clone()
        if weight.shape != (vocabulary, size):
            raise ValueError(f"vectors of shape {tuple(weight.shape)} for {vocabulary} ids of size {size}")
        weight[PADDING] = 0.0
        self.weight = nn.Parameter(weight)
        self.freeze(frozen)

    def freeze(self, frozen: bool = True) -> None:
        """Stop training the vectors, or train them (again)."""
        self.weight.requires_grad_(not frozen)
        if frozen:
            self.weight.grad = None  # else an optimiser would apply what an earlier step left

    def forward(self, tokens: Tensor | PackedSequence) -> Tensor | PackedSequence:
        """Look vectors up.

        Args:
            tokens: int64 ids of any shape (...), or a PackedSequence of ids.

        Returns:
            (..., size), or a PackedSequence with the same lengths and order.
        """
        if isinstance(tokens, PackedSequence):
            return tokens._replace(data=self(tokens.data))
        vectors = self.weight.index_select(0, tokens.flatten()).view(*tokens.shape, -1)
        # The row of padding is zero already; the mask also keeps gradients from it.
        return vectors.masked_fill((tokens == PADDING).unsqueeze(-1), 0.0)
