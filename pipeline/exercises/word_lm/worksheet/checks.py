"""What a solution of exercise 7 is checked for."""

import math
from types import ModuleType

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from pipeline.checking.checks import alike, holds, learns, made, need, parts, reaches, shaped

WORDS, SIZE, END = 12, 4, 2
LENGTHS = (3, 6, 1, 4)


def lines() -> list[Tensor]:
    """Of different lengths."""
    return [torch.randint(3, WORDS, (length,)) for length in LENGTHS]


def shift(theirs: ModuleType) -> None:
    """The target of each word is the next one, of the last the end of the line."""
    given = lines()
    inputs, targets, lengths = parts(need(theirs, "shifted")(given, END), 3, "shifted")
    shaped(lengths, (4,), "the lengths of shifted")
    holds(lengths.tolist() == [*LENGTHS], f"lines of {[*LENGTHS]} words get the lengths {lengths.tolist()}")
    shaped(inputs, (4, 6), "the inputs of shifted")
    shaped(targets, (4, 6), "the targets of shifted")
    holds(lengths.dtype == torch.int64, f"the lengths are of type {lengths.dtype}: packing wants int64")
    holds(inputs.dtype == targets.dtype == torch.int64, "inputs and targets should be of type torch.int64")
    for row, line in enumerate(given):
        length = len(line)
        holds(torch.equal(inputs[row, :length], line), "the inputs are not the words of the line")
        holds(not torch.equal(targets[row, :length], line), "the target of a word is the word itself: it can be copied")
        holds(
            torch.equal(targets[row, : length - 1], line[1:]), "the target of a word is not the next word of its line"
        )
        holds(int(targets[row, length - 1]) == END, "the target of a line's last word is not the end of the line")
        holds(not inputs[row, length:].any() and not targets[row, length:].any(), "the padding is not 0")


def batch() -> tuple[list[Tensor], Tensor, Tensor]:
    """Lines, the padded batch of them with a word in the padding, and their lengths."""
    alone = lines()
    return alone, nn.utils.rnn.pad_sequence(alone, batch_first=True, padding_value=7), torch.tensor(LENGTHS)


def together(theirs: ModuleType) -> None:
    """A line has the same scores alone and in a padded batch."""
    network = made(theirs, "LanguageModel", WORDS, SIZE)
    alone, padded, lengths = batch()
    before = torch.randn(1, 4, SIZE)
    scores, state = parts(network(padded, lengths, before), 2, "LanguageModel")
    shaped(scores, (4, 6, WORDS), "the scores of LanguageModel")
    shaped(state, (1, 4, SIZE), "the state of LanguageModel")
    one, its_state = parts(network(padded[:1, :3], lengths[:1], before[:, :1].contiguous()), 2, "LanguageModel")
    shaped(one, (1, 3, WORDS), "the scores of LanguageModel for one line")
    shaped(its_state, (1, 1, SIZE), "the state of LanguageModel for one line")
    for row, line in enumerate(alone):
        outputs, final = network.gru(network.embedding(line.unsqueeze(0)), before[:, row : row + 1].contiguous())
        ignored, _ = network.gru(network.embedding(line.unsqueeze(0)))
        same = torch.allclose(scores[row, : len(line)], network.output(ignored[0]), atol=1e-5)
        holds(not same, "the state that was given is not used: every batch begins anew")
        expected = network.output(outputs[0])
        alike(
            scores[row, : len(line)], expected, "a line has other scores in a batch than alone: mind padding and order"
        )
        alike(state[:, row], final[:, 0], "the state is not the one after the line's last word: has it read padding?")


def anew(theirs: ModuleType) -> None:
    """Without a state, a batch begins at zero."""
    network = made(theirs, "LanguageModel", WORDS, SIZE)
    _, padded, lengths = batch()
    found, _ = parts(network(padded, lengths), 2, "LanguageModel")
    network(padded, lengths, torch.randn(1, 4, SIZE))
    again, _ = parts(network(padded, lengths), 2, "LanguageModel")
    alike(again, found, "the same batch twice gives different scores: something is left from the call before")
    zero, _ = parts(network(padded, lengths, torch.zeros(1, 4, SIZE)), 2, "LanguageModel")
    alike(zero, found, "without a state, the batch does not begin at zero")
    learns(network, found, "LanguageModel")


def history(theirs: ModuleType) -> None:
    """What is carried has the same numbers and no history."""
    state = torch.randn(1, 2, SIZE, requires_grad=True) * 2
    found = shaped(need(theirs, "carried")(state), (1, 2, SIZE), "what is carried")
    alike(found, state, "what is carried has other numbers than the state")
    holds(
        not found.requires_grad,
        "what is carried still hangs on the batch before: backward would go through all of them",
    )


def loss(theirs: ModuleType) -> None:
    """The loss is the sum over real words, and comes with their number."""
    scores, targets = torch.randn(2, 3, WORDS, requires_grad=True), torch.tensor([[4, 5, 2], [6, 0, 0]])
    summed, words = parts(need(theirs, "loss_of")(scores, targets), 2, "loss_of")
    holds(int(words) != 6, "padding is counted among the words")
    holds(int(words) == 4, f"four words are to be predicted, and {int(words)} are counted")
    rows = [(scores[0, step], targets[0, step]) for step in range(3)] + [(scores[1, 0], targets[1, 0])]
    expected = torch.stack([cross_entropy(score, target) for score, target in rows])
    shaped(summed, (), "the loss")
    holds(not torch.allclose(summed, expected.mean()), "the loss is the mean of the batch, not the sum")
    with_padding = cross_entropy(scores.flatten(0, 1), targets.flatten(), reduction="sum")
    holds(not torch.allclose(summed, with_padding), "padding adds to the loss")
    alike(summed, expected.sum(), "the loss is not the sum of the cross-entropies of the words")
    reaches(summed, scores, "the gradient of the loss does not reach the scores")


def perplexities(theirs: ModuleType) -> None:
    """The perplexity is that of all words together."""
    found = float(need(theirs, "perplexity")([math.log(7) * 10], [10]))
    holds(abs(found - 7) < 1e-3, f"where all of 7 words are as likely, the perplexity is {found:.2f}")
    found = float(need(theirs, "perplexity")([math.log(2) * 90, math.log(50) * 10], [90, 10]))
    expected = math.exp(0.9 * math.log(2) + 0.1 * math.log(50))
    holds(abs(found - expected) < 1e-3, "two batches of different sizes: does each word count alike in the perplexity?")


CHECKS = (shift, together, anew, history, loss, perplexities)
