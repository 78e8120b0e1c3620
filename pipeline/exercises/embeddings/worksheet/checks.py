"""What a solution of exercise 4 is checked for."""

from types import ModuleType

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from pipeline.checking.checks import alike, holds, made, shaped

WORDS, SIZE = 9, 4
TOKENS = torch.tensor([[3, 5, 8, 1], [2, 0, 0, 0], [4, 4, 0, 0]])


def weight_of(network: nn.Module) -> nn.Parameter:
    """The student's table."""
    found = getattr(network, "weight", None)
    holds(isinstance(found, nn.Parameter), "Embedding has no nn.Parameter called weight: no optimiser would find it")
    assert isinstance(found, nn.Parameter)
    shaped(found, (WORDS, SIZE), "the table of Embedding")
    return found


def table(theirs: ModuleType) -> None:
    """The table is random, but for the zero row of padding."""
    first, second = (weight_of(made(theirs, "Embedding", WORDS, SIZE)) for _ in range(2))
    holds(not torch.equal(first, second), "two layers begin with the same vectors: are they drawn at random?")
    holds(not first[0].any(), "the row of padding is not zero at the beginning")
    holds(bool(first[1:].detach().std(0).min() > 0), "the random vectors do not differ from each other")


def looked_up(theirs: ModuleType) -> None:
    """Vectors are those of torch.nn.functional.embedding, for tokens of any shape."""
    network = made(theirs, "Embedding", WORDS, SIZE)
    for tokens in (TOKENS, TOKENS[0], TOKENS.unsqueeze(0)):
        found = shaped(network(tokens), (*tokens.shape, SIZE), f"the result for tokens of shape {tuple(tokens.shape)}")
        alike(found, embedding(tokens, weight_of(network)), "a token does not get its row of the table")


def begins_with(theirs: ModuleType) -> None:
    """Given vectors are what the table begins with, and stay the caller's."""
    vectors = torch.randn(WORDS, SIZE) + 5
    before = vectors.clone()
    weight = weight_of(made(theirs, "Embedding", WORDS, SIZE, vectors))
    alike(weight[1:], before[1:], "the table does not begin with the vectors that were given")
    holds(not weight[0].any(), "the row of padding is not zero where vectors were given")
    holds(torch.equal(vectors, before), "the caller's vectors were changed")
    with torch.no_grad():
        weight.add_(1.0)
    holds(
        torch.equal(vectors, before), "training the layer would change the caller's vectors: they are the same memory"
    )


def step(network: nn.Module) -> Tensor:
    """How much a step of training changes each row of the table, (WORDS,)."""
    weight = weight_of(network)
    before = weight.detach().clone()
    head = nn.Linear(SIZE, 1)
    optimizer = torch.optim.SGD([*network.parameters(), *head.parameters()], lr=0.5, weight_decay=0.1)
    head(network(TOKENS)).pow(2).sum().backward()
    optimizer.step()
    return (weight.detach() - before).abs().sum(1)


def trained(theirs: ModuleType) -> None:
    """Training changes the vectors of the words that were read."""
    for vectors in (None, torch.randn(WORDS, SIZE)):
        changed = step(made(theirs, "Embedding", WORDS, SIZE, vectors))
        holds(bool((changed[[1, 2, 3, 4, 5, 8]] > 0).all()), "training does not change vectors of words that were read")


def padding(theirs: ModuleType) -> None:
    """Padding gives zeros, and its row stays zero in training."""
    network = made(theirs, "Embedding", WORDS, SIZE)
    holds(not network(TOKENS)[1, 1:].any(), "padding does not give zeros")
    holds(not step(network)[0], "training changes the row of padding")


def frozen(theirs: ModuleType) -> None:
    """Frozen vectors are not trained, and no gradient of theirs is computed."""
    network = made(theirs, "Embedding", WORDS, SIZE, torch.randn(WORDS, SIZE), frozen=True)
    holds(not step(network).any(), "a frozen table is trained")
    holds(not weight_of(network).requires_grad, "a frozen table still asks for gradients: freezing would save no time")


def thawed(theirs: ModuleType) -> None:
    """freeze switches training off and on at any time."""
    network = made(theirs, "Embedding", WORDS, SIZE)
    step(network)
    network.freeze()
    holds(not step(network).any(), "after freeze(), a step of training still changes the table")
    network.freeze(False)
    holds(bool(step(network).any()), "after freeze(False), the table is not trained again")


def packed(theirs: ModuleType) -> None:
    """A PackedSequence of tokens gives one of vectors, in the same order."""
    network = made(theirs, "Embedding", WORDS, SIZE)
    tokens = pack_padded_sequence(TOKENS, torch.tensor([4, 1, 2]), batch_first=True, enforce_sorted=False)
    found = network(tokens)
    holds(isinstance(found, PackedSequence), f"packed tokens give a {type(found).__name__}, not a PackedSequence")
    alike(
        shaped(found.data, (7, SIZE), "its data"), embedding(tokens.data, weight_of(network)), "packed: other vectors"
    )
    same = all(
        one is not None and torch.equal(one, other)
        for one, other in zip(found[1:], tokens[1:], strict=True)
        if other is not None
    )
    holds(same, "packed tokens lose their order or their lengths: unpacking would mix the sequences up")


CHECKS = (table, looked_up, begins_with, trained, padding, frozen, thawed, packed)
