"""What a solution of exercises 8 and 11 is checked for."""

from types import ModuleType

import torch
from torch import Tensor, nn

from pipeline.checking.checks import alike, holds, learns, made, need, parts, reaches, shaped

WORDS, SIZE = 15, 4
LENGTHS = (3, 7, 1, 5)


def sentences() -> tuple[list[Tensor], Tensor, Tensor]:
    """Sentences, the padded batch of them with a word in the padding, and their lengths."""
    alone = [torch.randint(1, WORDS, (length,)) for length in LENGTHS]
    return alone, nn.utils.rnn.pad_sequence(alone, batch_first=True, padding_value=7), torch.tensor(LENGTHS)


def encoded(theirs: ModuleType) -> None:
    """The encoder gives a sentence the same states alone and in a padded batch."""
    network = made(theirs, "Encoder", WORDS, SIZE)
    alone, padded, lengths = sentences()
    states, last = parts(network(padded, lengths), 2, "Encoder")
    shaped(states, (4, 7, SIZE), "the states of Encoder")
    shaped(last, (4, SIZE), "the last state of Encoder")
    for row, one in enumerate(alone):
        outputs, final = network.gru(network.embedding(one.unsqueeze(0)))
        alike(
            states[row, : len(one)],
            outputs[0],
            "Encoder: a sentence has other states in a batch than alone: mind the order",
        )
        alike(last[row], final[0, 0], "Encoder: the last state is not that of the sentence's last word")
        holds(not states[row, len(one) :].any(), "Encoder: the states are not zero in the padding")
    learns(network, states, "the states of Encoder")
    learns(network, last, "the last state of Encoder")


def wide(theirs: ModuleType) -> None:
    """The encoder keeps the width of a batch."""
    network = made(theirs, "Encoder", WORDS, SIZE)
    states, _ = parts(network(torch.ones(2, 8, dtype=torch.int64), torch.tensor([3, 5])), 2, "Encoder")
    shaped(states, (2, 8, SIZE), "the states of a batch that is wider than its longest sentence")


def weights(theirs: ModuleType) -> None:
    """The weights add up to one over real words, and are zero in the padding."""
    for steps in (max(LENGTHS), max(LENGTHS) + 2):  # a batch may be wider than its longest sentence
        scores, states, lengths = 2 * torch.randn(4, steps), torch.randn(4, steps, SIZE), torch.tensor(LENGTHS)
        scores[0, 5] = 30.0  # in the padding
        context, found = parts(need(theirs, "attend")(scores, states, lengths), 2, "attend")
        shaped(context, (4, SIZE), "the context of attend")
        shaped(found, (4, steps), "the weights of attend")
        holds(bool((found >= 0).all()), "a weight is below zero")
        alike(found.sum(1), torch.ones(4), "the weights of a sentence do not add up to one")
        for row, length in enumerate(LENGTHS):
            holds(not found[row, length:].any(), "padding gets a weight that is not zero")
            expected = scores[row, :length].softmax(0)
            alike(found[row, :length], expected, "the weights of real words are not the softmax of their scores")
        expected = torch.einsum("bt,bts->bs", found, states)
        alike(context, expected, "the context is not the sum of the states by these weights")


def attention_learns(theirs: ModuleType) -> None:
    """Gradients go through the context to the scores and to the states."""
    scores, states = torch.randn(4, 7, requires_grad=True), torch.randn(4, 7, SIZE, requires_grad=True)
    context, _ = parts(need(theirs, "attend")(scores, states, torch.tensor(LENGTHS)), 2, "attend")
    shaped(context, (4, SIZE), "the context of attend")
    reaches(context, scores, "the gradient of the context does not reach the scores: no attention would be learnt")
    reaches(context, states, "the gradient of the context does not reach the states")


def luong(theirs: ModuleType) -> None:
    """Luong's scores are q W k for each step."""
    network = made(theirs, "Luong", SIZE)
    query, states = torch.randn(3, SIZE), torch.randn(3, 5, SIZE)
    found = shaped(network(query, states), (3, 5), "the scores of Luong")
    expected = torch.einsum("bq,qk,btk->bt", query, network.W.weight, states)
    alike(found, expected, "the scores of Luong are not those of its formula")
    learns(network, found, "Luong")
    asked(network, "Luong")


def bahdanau(theirs: ModuleType) -> None:
    """Bahdanau's scores are v tanh(W q + U k) for each step."""
    network = made(theirs, "Bahdanau", SIZE)
    query, states = torch.randn(3, SIZE), torch.randn(3, 5, SIZE)
    found = shaped(network(query, states), (3, 5), "the scores of Bahdanau")
    hidden = torch.stack([torch.tanh(network.W(query) + network.U(one)) for one in states.unbind(1)], 1)
    alike(found, hidden @ network.v.weight[0], "the scores of Bahdanau are not those of its formula")
    learns(network, found, "Bahdanau")
    asked(network, "Bahdanau")


def asked(network: nn.Module, name: str) -> None:
    """See that the gradient of an attention's scores reaches what asks and what is asked."""
    query, states = torch.randn(3, SIZE, requires_grad=True), torch.randn(3, 5, SIZE, requires_grad=True)
    scores = network(query, states)
    reaches(scores, query, f"the gradient of the scores of {name} does not reach the query")
    reaches(scores, states, f"the gradient of the scores of {name} does not reach the states")


class Even(nn.Module):
    """An attention that takes down what asked."""

    def forward(self, query: Tensor, states: Tensor) -> Tensor:
        """Scores (batch, steps) of the states alone."""
        self.query = query
        return states.sum(2)


def decoded(theirs: ModuleType) -> None:
    """A step of the decoder: the cell reads, the new state asks, the output reads state and context."""
    attention = Even()
    network = made(theirs, "Decoder", WORDS, SIZE, attention)
    word, h, states, lengths = torch.tensor([3, 4]), torch.randn(2, SIZE), torch.randn(2, 7, SIZE), torch.tensor([2, 5])
    scores, new, found = parts(network.step(word, h, states, lengths), 3, "step")
    shaped(scores, (2, WORDS), "the scores of step")
    shaped(found, (2, 7), "the weights of step")
    expected = network.cell(network.embedding(word), h)
    alike(
        shaped(new, (2, SIZE), "the new state of step"),
        expected,
        "the new state is not what the cell makes of word and state",
    )
    holds(not torch.equal(attention.query, h), "the state before asks, not the new one")
    alike(attention.query, expected, "it is not the new state that asks")
    mask = torch.arange(7) < lengths.unsqueeze(1)
    right = states.sum(2).masked_fill(~mask, float("-inf")).softmax(1)
    context = torch.einsum("bt,bts->bs", right, states)
    alike(
        scores,
        network.output(torch.cat([expected, context], 1)),
        "the scores are not made of new state and context, in this order",
    )


def decoder_learns(theirs: ModuleType) -> None:
    """Gradients go through a step of the decoder to its layers, the state before and the states."""
    attention = Even()
    network = made(theirs, "Decoder", WORDS, SIZE, attention)
    h, states = torch.randn(2, SIZE, requires_grad=True), torch.randn(2, 5, SIZE, requires_grad=True)
    scores, new, _ = parts(network.step(torch.tensor([3, 4]), h, states, torch.tensor([2, 5])), 3, "step")
    learns(network, scores, "Decoder")
    reaches(scores, states, "the gradient of the scores does not reach the states: through the context it would")
    reaches(scores, h, "the gradient of the scores does not reach the state before")
    reaches(new, h, "the gradient of the new state does not reach the state before")
    reaches(attention.query, h, "no gradient goes through what asks: the attention would not change the decoder")


def single(theirs: ModuleType) -> None:
    """A batch of one sentence of one word keeps its dimensions."""
    words, lengths = torch.tensor([[3]]), torch.tensor([1])
    states, last = parts(made(theirs, "Encoder", WORDS, SIZE)(words, lengths), 2, "Encoder")
    shaped(states, (1, 1, SIZE), "one word: the states of Encoder")
    shaped(last, (1, SIZE), "one word: the last state of Encoder")
    for name in ("Luong", "Bahdanau"):
        scores = made(theirs, name, SIZE)(torch.randn(1, SIZE), torch.randn(1, 1, SIZE))
        shaped(scores, (1, 1), f"one word: the scores of {name}")
    context, found = parts(need(theirs, "attend")(torch.randn(1, 1), torch.randn(1, 1, SIZE), lengths), 2, "attend")
    shaped(context, (1, SIZE), "one word: the context of attend")
    shaped(found, (1, 1), "one word: the weights of attend")
    network = made(theirs, "Decoder", WORDS, SIZE, Even())
    scores, h, _ = parts(network.step(words[0], torch.randn(1, SIZE), torch.randn(1, 1, SIZE), lengths), 3, "step")
    shaped(scores, (1, WORDS), "one word: the scores of step")
    shaped(h, (1, SIZE), "one word: the new state of step")


CHECKS = (encoded, wide, weights, attention_learns, luong, bahdanau, decoded, decoder_learns, single)
