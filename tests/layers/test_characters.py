"""The character CNN against torch.nn's convolution, and padding."""

import numpy as np
import torch

from pipeline.corpora.prepared.spelling import LONGEST, alphabet, spell
from pipeline.layers.characters import CharacterCNN


def test_equals_a_convolution_over_each_word_alone():
    torch.manual_seed(0)
    layer = CharacterCNN(9, 5, 4, 0.0)
    torch.nn.init.normal_(layer.bias)
    words = [torch.randint(1, 9, (length,)) for length in (6, 1, 3)]
    letters = torch.nn.utils.rnn.pad_sequence(words, batch_first=True)
    for padding in (0, 3):
        together = layer(torch.nn.functional.pad(letters, (0, padding)))
        for row, word in enumerate(words):
            embedded = layer.embedding(word).T.unsqueeze(0)  # (1, size, characters)
            features = torch.nn.functional.conv1d(embedded, layer.convolution.weight, layer.bias, padding=1)
            torch.testing.assert_close(together[row], features.amax(2)[0])


def test_padding_never_wins_the_maximum():
    layer = CharacterCNN(3, 2, 2, 0.0)
    layer.embedding.weight.data[1:] = 1.0
    layer.convolution.weight.data.fill_(-1.0)
    letters = torch.tensor([[1, 2, 0, 0, 0, 0]])
    assert layer(letters).tolist() == [[-4.0, -4.0]]  # two characters of two features each under every filter


def test_words_as_characters():
    characters = alphabet(["ba", "cab"])
    assert characters == ["<pad>", "<unk>", "a", "b", "c"]
    spelt = spell(["cab", "ax", "a" * 30], characters)
    assert spelt.shape == (3, LONGEST) and spelt.dtype == np.int64
    assert spelt[0, :4].tolist() == [4, 2, 3, 0] and spelt[1, :3].tolist() == [2, 1, 0]
    assert spelt[2].tolist() == [2] * LONGEST
