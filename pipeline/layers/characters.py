"""A word's vector from its spelling (exercise 10)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, pad


class CharacterCNN(nn.Module):
    """Convolution over a word's characters, then the maximum over its positions (Ma & Hovy 2016, section 2.1).

    What a filter gives at a position is a sum over the characters under it, and the alphabet is small: the products
    are taken once for each character and looked up, which is exact and saves most of the work. Words lie end to end.

    Args:
        characters: number of character ids; id 0, the padding, stands for what lies beyond a word: its vector begins as
            zeros and is learnt like a letter's.
        size: of a character's vector.
        filters: the size of the word's vector.
        dropout: probability of zeroing a feature of a character's vector, wherever it stands in the batch.
    """

    def __init__(self, characters: int, size: int, filters: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, size, padding_idx=0)
        bound = (3 / size) ** 0.5  # section 3.1
        nn.init.uniform_(self.embedding.weight.data[1:], -bound, bound)
        self.dropout = nn.Dropout(dropout)
        self.convolution = nn.Conv1d(size, filters, kernel_size=3, bias=False)  # holds (filters, size, 3) weights
        self.bias = nn.Parameter(torch.zeros(filters))

    def forward(self, letters: Tensor) -> Tensor:
        """Read words.

        Args:
            letters: (words, characters) int64, 0 after a word's end; no word is empty.

        Returns:
            (words, filters), the same for any number of characters of padding.
        """
        vectors = self.dropout(self.embedding.weight)  # (alphabet, size)
        products = [vectors @ weight.T for weight in self.convolution.weight.unbind(2)]  # 3 of (alphabet, filters)
        around = pad(letters, (1, 1))  # a filter over a word's first or last letter sees that there is none beyond
        inside, steps = letters > 0, letters.shape[1]
        before, at, after = (
            embedding(around[:, k : k + steps][inside], table.float()) for k, table in enumerate(products)
        )
        features = before + at + after  # (letters of all words, filters): no work for the padding
        return torch.segment_reduce(features, "max", lengths=inside.sum(1)) + self.bias
