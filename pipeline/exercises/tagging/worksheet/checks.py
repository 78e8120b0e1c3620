"""What a solution of exercise 10 is checked for."""

from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from pipeline.checking.checks import alike, holds, learns, made, need, reaches, shaped

WORDS, SIZE, TAGS = 15, 4, 3
LENGTHS = (3, 7, 1, 5)


def tagger(theirs: ModuleType, bidirectional: bool = True) -> Any:
    """The student's network."""
    network = made(theirs, "Tagger", WORDS, SIZE, TAGS, bidirectional)
    holds(isinstance(getattr(network, "lstm", None), nn.LSTM), "Tagger has no nn.LSTM called lstm")
    return network


def batch() -> tuple[list[Tensor], Tensor, Tensor]:
    """Sentences, the padded batch of them with a word in the padding, and their lengths."""
    sentences = [torch.randint(1, WORDS, (length,)) for length in LENGTHS]
    padded = nn.utils.rnn.pad_sequence(sentences, batch_first=True, padding_value=7)
    return sentences, padded, torch.tensor(LENGTHS)


def directions(theirs: ModuleType) -> None:
    """The network reads in one direction or in both, as is asked for."""
    for bidirectional in (False, True):
        found = tagger(theirs, bidirectional).lstm.bidirectional
        holds(found == bidirectional, f"with bidirectional={bidirectional}, the LSTM has bidirectional={found}")


def alone(theirs: ModuleType) -> None:
    """Each word of a sentence without padding is tagged by its state."""
    for bidirectional in (False, True):
        network = tagger(theirs, bidirectional)
        words = torch.randint(1, WORDS, (2, 6))
        what = f"the result with bidirectional={bidirectional}"
        found = shaped(network(words, torch.tensor([6, 6])), (2, 6, TAGS), what)
        # one by one, without a batch: batch_first does not matter
        expected = network.output(torch.stack([network.lstm(network.embedding(one))[0] for one in words]))
        alike(found, expected, "sentences of one length: the scores are not those of the states of each word")


def together(theirs: ModuleType) -> None:
    """A sentence has the same scores alone and in a padded batch, in both directions."""
    for bidirectional in (False, True):
        network = tagger(theirs, bidirectional)
        sentences, padded, lengths = batch()
        found = shaped(network(padded, lengths), (len(LENGTHS), 7, TAGS), "the result of Tagger")
        for row, one in enumerate(sentences):
            expected = network(one.unsqueeze(0), torch.tensor([len(one)]))
            expected = shaped(expected, (1, len(one), TAGS), "the result of Tagger for one sentence")[0]
            way = "with both directions" if bidirectional else "with one direction"
            problem = (
                f"{way}, a sentence gets other scores in a batch than alone: is padding read, or the order changed?"
            )
            alike(found[row, : len(one)], expected, problem)


def shorter(theirs: ModuleType) -> None:
    """A batch that is wider than its longest sentence keeps its width."""
    network = tagger(theirs)
    shaped(
        network(torch.ones(2, 8, dtype=torch.int64), torch.tensor([3, 5])), (2, 8, TAGS), "the result of a wide batch"
    )


def loss(theirs: ModuleType) -> None:
    """The loss is the mean over real words."""
    loss_of = need(theirs, "loss_of")
    scores, tags, lengths = torch.randn(3, 4, TAGS), torch.randint(0, TAGS, (3, 4)), torch.tensor([4, 4, 4])
    found = shaped(loss_of(scores, tags, lengths), (), "the loss")
    expected = cross_entropy(scores.flatten(0, 1), tags.flatten())
    alike(found, expected, "without padding, the loss is not the mean cross-entropy of all words")
    scores.requires_grad_()
    reaches(loss_of(scores, tags, lengths), scores, "the gradient of the loss does not reach the scores")
    scores = scores.detach()
    lengths = torch.tensor([2, 3, 1])
    expected = torch.cat(
        [cross_entropy(s[:n], t[:n], reduction="none") for s, t, n in zip(scores, tags, lengths, strict=True)]
    )
    found = loss_of(scores, tags, lengths)
    other = loss_of(scores, tags.masked_fill(torch.arange(4) >= lengths.unsqueeze(1), 0), lengths)
    alike(found, other, "the tags in the padding change the loss")
    noisy = scores.masked_fill((torch.arange(4) >= lengths.unsqueeze(1)).unsqueeze(2), 3.0)
    noisy[:, :, 0] += 0.0
    alike(loss_of(noisy, tags, lengths), found, "the scores in the padding change the loss")
    holds(
        float(found) > 0.99 * float(expected.mean()), "with padding, the loss comes out smaller: by what is it divided?"
    )
    alike(found, expected.mean(), "with padding, the loss is not the mean over words: does each sentence count alike?")
    zero = torch.zeros(1, 2, dtype=torch.int64)
    found = loss_of(torch.tensor([[[9.0, 0.0, 0.0], [0.0, 9.0, 0.0]]]), zero, torch.tensor([2]))
    holds(float(found) > 1, "words whose right tag is number 0 are left out of the loss")


def accuracy(theirs: ModuleType) -> None:
    """The accuracy is that of real words."""
    accuracy_of = need(theirs, "accuracy_of")
    tags = torch.tensor([[0, 1, 0, 0], [2, 2, 1, 0]])
    scores = nn.functional.one_hot(torch.tensor([[0, 2, 0, 0], [2, 2, 1, 0]]), TAGS).float()
    found = float(accuracy_of(scores, tags, torch.tensor([2, 4])))
    holds(0 <= found <= 1, f"an accuracy of {found:g} is no share of one")
    holds(abs(found - 7 / 8) > 1e-4, "padding counts as right: the accuracy comes out too high")
    holds(abs(found - 5 / 6) < 1e-4, f"5 of 6 real words are right, and the accuracy is {found:.3f}")
    found = float(accuracy_of(scores, tags, torch.tensor([1, 2])))
    holds(abs(found - 1) < 1e-4, f"3 of 3 real words are right, and the accuracy is {found:.3f}")


def learnt(theirs: ModuleType) -> None:
    """Gradients reach every layer."""
    network = tagger(theirs)
    _, padded, lengths = batch()
    learns(network, network(padded, lengths), "Tagger")


CHECKS = (directions, alone, together, shorter, loss, accuracy, learnt)
