"""What a solution of exercise 0 is checked for."""

from types import ModuleType
from typing import Any

import torch
from torch import nn

from pipeline.checking.checks import alike, holds, learns, made, need, parts, shaped

SIZE = 4
SEQUENCES = [[3, 0, 9], [1, 0, 0, 2, 5, 0], [0], [7, 7]]


def tokens(theirs: ModuleType) -> None:
    """Digits become tokens from 1 to 10, padding is 0."""
    given = [digits.copy() for digits in SEQUENCES]
    batch, lengths = parts(need(theirs, "batch_of")(given), 2, "batch_of")
    holds(given == SEQUENCES, "batch_of changes the sequences that it was given")
    shaped(batch, (4, 6), "the tokens of batch_of")
    shaped(lengths, (4,), "the lengths of batch_of")
    holds(lengths.tolist() != [6, 3, 2, 1], "batch_of changes the order of the sequences")
    holds(lengths.tolist() == [3, 6, 1, 2], f"sequences of 3, 6, 1 and 2 digits get the lengths {lengths.tolist()}")
    holds(lengths.dtype == torch.int64, f"the lengths are of type {lengths.dtype}: an index wants int64")
    holds(batch.dtype == torch.int64, f"the tokens are of type {batch.dtype}: an embedding wants int64")
    for row, digits in enumerate(SEQUENCES):
        found = batch[row].tolist()
        holds(0 not in found[: len(digits)], "a digit has the token of padding")
        holds(
            found[: len(digits)] == [digit + 1 for digit in digits],
            f"the digits {digits} became {found[: len(digits)]}",
        )
        holds(not any(found[len(digits) :]), "there is something else than 0 in the padding")


def truth(theirs: ModuleType) -> None:
    """The sum is that of the digits, not of the tokens."""
    odd = need(theirs, "odd")
    rows = [[1, 1, 1, 0, 0], [2, 1, 0, 0, 0], [2, 4, 6, 0, 0], [10, 10, 10, 10, 10], [3, 0, 0, 0, 0], [2, 4, 0, 0, 0]]
    batch = torch.tensor(rows)
    found = shaped(odd(batch), (6,), "the result of odd")
    holds(batch.tolist() == rows, "odd changes the tokens that it was given: the network reads them after it")
    holds(found.dtype == torch.int64, f"odd gives {found.dtype}: cross_entropy wants classes of type int64")
    holds(set(found.tolist()) <= {0, 1}, "odd gives other numbers than 0 and 1")
    for row, one, right in zip(rows, found.tolist(), [0, 1, 1, 1, 0, 0], strict=True):
        digits = [token - 1 for token in row if token]
        holds(one == right, f"the digits {digits} are said to have {'an odd' if one else 'an even'} sum")


def layers(theirs: ModuleType) -> None:
    """The network has a row for every token."""
    network = parity(theirs)
    found = network.embedding.num_embeddings
    holds(found == 11, f"the embedding has {found} rows: how many tokens are there, padding counted?")
    holds(not network.gru.bidirectional and network.gru.num_layers == 1, "the GRU is not one layer in one direction")


def parity(theirs: ModuleType) -> Any:
    """The student's network."""
    network = made(theirs, "Parity", SIZE)
    for name, kind in (("embedding", nn.Embedding), ("gru", nn.GRU), ("output", nn.Linear)):
        holds(isinstance(getattr(network, name, None), kind), f"Parity has no {kind.__name__} called {name}")
    return network


def padding(theirs: ModuleType) -> None:
    """A sequence has the scores of its last step, alone and in a padded batch."""
    network = parity(theirs)
    batch = torch.zeros(4, 6, dtype=torch.int64)
    lengths = torch.tensor([len(digits) for digits in SEQUENCES])
    for row, digits in enumerate(SEQUENCES):
        batch[row, : len(digits)] = torch.tensor(digits) + 1
    with torch.no_grad():
        network.embedding.weight[0] = 3.0  # so that reading it shows
    found = shaped(network(batch, lengths), (4, 2), "the result of Parity")
    shaped(network(batch[:1], lengths[:1]), (1, 2), "the result of Parity for one sequence")
    # one by one, without a batch: batch_first does not matter
    outputs = [network.gru(network.embedding(batch[row, : len(d)]))[0] for row, d in enumerate(SEQUENCES)]
    expected = network.output(torch.stack([one[-1] for one in outputs]))
    alike(found[1], expected[1], "the longest sequence does not have the scores of its last step")
    near = bool((torch.cdist(found.detach(), expected.detach()).amin(1) < 1e-5).all())
    holds(not near or torch.allclose(found, expected, atol=1e-4), "sequences get each other's scores: mind the order")
    alike(found, expected, "a short sequence has other scores in a batch than alone: padding is read")


def learnt(theirs: ModuleType) -> None:
    """Gradients reach every layer."""
    network = parity(theirs)
    learns(network, network(torch.tensor([[4, 5, 6], [7, 8, 0]]), torch.tensor([3, 2])), "Parity")


CHECKS = (tokens, truth, layers, padding, learnt)
