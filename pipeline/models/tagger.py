"""Sequence tagging: one tag per word from the state at that word (exercise 10)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, embedding

from pipeline.layers.characters import CharacterCNN
from pipeline.layers.crf import CRF
from pipeline.layers.recurrent import CELLS, length_mask

IGNORED = -100  # tag of a padded position: it takes no part in the loss


class Tagger(nn.Module):
    """A recurrent tagger over word vectors and a case feature, and, where asked, characters and a CRF.

    With `characters` and `crf` it is the network of Ma & Hovy 2016 (figure 3), BiLSTM-CNN-CRF, with a case feature.

    Args:
        vocabulary: number of word ids; id 0 is padding.
        cases: number of case categories; 0 is padding.
        tags: number of tags.
        vector_size, case_size: of the word vectors and of the case embedding.
        hidden_size, layers, bidirectional, cell: of the network.
        dropout: probability of zeroing a feature of a word, of the states of a whole sentence (Gal & Ghahramani 2016:
            a mask for all its steps, which is also the cheapest to draw), and between layers.
        characters: number of character ids, 0 being padding; None for a network that reads no characters.
        character_size, filters: of `CharacterCNN`.
        crf: whether the tags of a sentence are chosen together (`CRF`), not each for itself.
        vector_scale: what word vectors are multiplied by when read. Adam's steps do not depend on a parameter's
            scale: vectors stored as large again train with this share of the learning rate.
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
        characters: int | None = None,
        character_size: int = 0,
        filters: int = 0,
        crf: bool = False,
        vector_scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.vector_scale = vector_scale
        self.words = nn.Embedding(vocabulary, vector_size, padding_idx=0)
        self.cases = nn.Embedding(cases, case_size, padding_idx=0)
        size = vector_size + case_size + (filters if characters else 0)
        self.recurrent = CELLS[cell](size, hidden_size, layers, bidirectional, dropout)
        self.dropout, self.dropout_of_sentence = nn.Dropout(dropout), nn.Dropout1d(dropout)
        self.output = nn.Linear(hidden_size * (2 if bidirectional else 1), tags)
        self.spelling = CharacterCNN(characters, character_size, filters, dropout) if characters else None
        self.crf = CRF(tags) if crf else None

    def forward(
        self,
        words: Tensor,
        cases: Tensor,
        lengths: Tensor,
        letters: Tensor | None = None,
        spelt: Tensor | None = None,
    ) -> Tensor:
        """Tag a padded batch.

        Args:
            words, cases: (batch, steps) int64.
            lengths: (batch,) int64, from 1 to steps.
            letters: (distinct, characters) int64, the batch's distinct words letter by letter, 0 after their ends.
            spelt: (batch, steps) int64, which row of `letters` spells a word.

        Returns:
            logits (batch, steps, tags) float32; those in the padding mean nothing.
        """
        features = [self.words(words) * self.vector_scale, self.cases(cases)]  # (batch, steps, size) each
        if self.spelling is not None:
            assert letters is not None and spelt is not None  # a model with characters reads them
            features.append(embedding(spelt, self.spelling(letters)))
        embedded = self.dropout(torch.cat(features, 2))
        states, _ = self.recurrent(embedded, lengths, need_cell=False)  # (batch, steps, hidden * directions)
        states = self.dropout_of_sentence(states.float().transpose(1, 2)).transpose(1, 2)  # a feature at all steps
        return self.output(states).float()

    def loss(self, logits: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """Summed cross-entropy of the tags, or negative log-likelihood of the sentences, a scalar.

        Args:
            logits: (batch, steps, tags) of `forward`.
            tags: (batch, steps) int64; what stands in the padding does not matter, if it is a tag.
            lengths: (batch,) int64.
        """
        if self.crf is not None:
            return self.crf.loss(logits, tags, lengths)
        return each_tags_loss(logits, tags, lengths)

    def best(self, logits: Tensor, lengths: Tensor) -> Tensor:
        """The best tags (batch, steps) int64, arguments as `loss` takes them; those in the padding mean nothing."""
        return logits.argmax(2) if self.crf is None else self.crf.best(logits, lengths)


def each_tags_loss(logits: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
    """Summed cross-entropy, arguments as `Tagger.loss` takes them: a scalar."""
    tags = tags.masked_fill(~length_mask(lengths, tags.shape[1]), IGNORED)
    return cross_entropy(logits.flatten(0, 1), tags.flatten(), reduction="sum", ignore_index=IGNORED)
