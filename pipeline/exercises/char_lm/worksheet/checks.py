"""What a solution of the additional challenge is checked for."""

from types import ModuleType

import torch
from torch import Tensor, nn

from pipeline.checking.checks import alike, holds, learns, made, need, parts, shaped

LETTERS, SIZE, DRAWS = 7, 4, 600


def cut(theirs: ModuleType) -> None:
    """The streams of a text, batch by batch."""
    batches = [parts(one, 2, "a batch of streams") for one in need(theirs, "streams")(torch.arange(9), 2, 2)]
    for inputs, targets in batches:
        shaped(inputs, (2, 2), "the inputs of a batch")
        shaped(targets, (2, 2), "the targets of a batch")
        holds(not torch.equal(inputs, targets), "the target of a letter is the letter itself: it can be copied")
        holds(torch.equal(inputs + 1, targets), "the target of a letter is not the letter after it")
    holds(len(batches) == 2, f"9 letters in 2 streams make 2 batches of 2 steps, and {len(batches)} came")
    first, second = batches[0][0], batches[1][0]
    holds(
        torch.equal(first[:, -1] + 1, second[:, 0]),
        "a row of the second batch does not go on where it ended in the first",
    )
    holds(
        first.tolist() == [[0, 1], [4, 5]], f"the first batch is {first.tolist()}: is the text cut as in the example?"
    )


def left_over(theirs: ModuleType) -> None:
    """What does not fill a batch is dropped."""
    for letters in (20, 21, 22, 23):
        batches = [parts(one, 2, "a batch of streams") for one in need(theirs, "streams")(torch.arange(letters), 2, 4)]
        for inputs, targets in batches:
            shaped(inputs, (2, 4), f"with {letters} letters, the inputs of a batch")
            shaped(targets, (2, 4), f"with {letters} letters, the targets of a batch")
        holds(len(batches) == 2, f"{letters} letters in 2 streams make 2 batches of 4 steps, and {len(batches)} came")


def state(theirs: ModuleType) -> None:
    """The network goes on from the state that it is given."""
    network = made(theirs, "Writer", LETTERS, SIZE)
    letters = torch.randint(0, LETTERS, (3, 8))
    scores, final = parts(network(letters), 2, "Writer")
    shaped(scores, (3, 8, LETTERS), "the scores of Writer")
    one, _ = parts(network(letters[:1, :1]), 2, "Writer")
    shaped(one, (1, 1, LETTERS), "the scores of Writer for one letter")
    h, c = parts(final, 2, "the state of Writer")
    outputs, (right_h, right_c) = network.lstm(network.embedding(letters))
    alike(scores, network.output(outputs), "the scores are not those of the LSTM's states")
    alike(shaped(h, (1, 3, SIZE), "the state h"), right_h, "the state h is not the one after the last step")
    alike(shaped(c, (1, 3, SIZE), "the state c"), right_c, "the state c is not the one after the last step")
    _, middle = parts(network(letters[:, :5]), 2, "Writer")
    rest, _ = parts(network(letters[:, 5:], middle), 2, "Writer")
    alike(rest, scores[:, 5:], "a text read in two halves has other scores than read at once: is the state used?")
    again, _ = parts(network(letters), 2, "Writer")
    alike(again, scores, "the same text twice has different scores: something is left from the call before")
    learns(network, scores, "Writer")


def history(theirs: ModuleType) -> None:
    """What is carried has the same numbers and no history."""
    before = tuple(torch.randn(1, 2, SIZE, requires_grad=True) * 2 for _ in range(2))
    found = parts(need(theirs, "carried")(before), 2, "carried")
    for one, given, name in zip(found, before, "hc", strict=True):
        alike(
            shaped(one, (1, 2, SIZE), f"the carried {name}"),
            given,
            f"the carried {name} has other numbers than the state",
        )
        holds(not one.requires_grad, f"the carried {name} still hangs on the batch before")


def drawn(theirs: ModuleType) -> None:
    """A letter is drawn by its probability."""
    draw = need(theirs, "draw")
    scores = torch.tensor([0.0, 2.0, 1.0, -30.0])

    def shares(temperature: float) -> Tensor:
        found = [int(draw(scores, temperature)) for _ in range(DRAWS)]
        holds(set(found) <= {0, 1, 2, 3}, "draw gives numbers that are no letters")
        return torch.bincount(torch.tensor(found), minlength=4) / DRAWS

    shaped(torch.as_tensor(draw(scores, 1.0)), (), "what draw gives")
    usual, cold, hot = shares(1.0), shares(0.05), shares(4.0)
    holds(bool(usual[1] < 0.99), "draw always gives the same letter")
    holds(bool(usual[3] == 0), "draw gives letters that have no chance")
    holds(bool(cold[1] > 0.99), "at a temperature near 0, it is not always the likeliest letter")
    holds(bool(hot[0] > usual[0]), "at a high temperature, unlikely letters do not become more frequent")
    alike(usual, scores.softmax(0), "at temperature 1, the letters do not come with their probabilities", 0.08)
    alike(hot, (scores / 4).softmax(0), "at temperature 4, the letters do not come as often as they should", 0.08)


class Next(nn.Module):
    """A network that is sure of the letter after the last one, and counts in its state how many it has read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[list[int]] = []
        self.before: list[int] = []

    def forward(
        self, letters: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Scores (1, steps, LETTERS), and the count."""
        count = 0 if state is None else int(state[0])
        self.read.append(letters[0].tolist())
        self.before.append(count)
        scores = 50.0 * nn.functional.one_hot((letters + 1) % LETTERS, LETTERS)
        new = torch.tensor(float(count + letters.shape[1]))
        return scores, (new, new)


def written(theirs: ModuleType) -> None:
    """The network writes on from the seed, and from its own letters."""
    model = Next()
    found = need(theirs, "write")(model, torch.tensor([2, 5, 3]), 4, 1.0)
    found = [int(letter) for letter in found]
    read = [letter for call in model.read for letter in call]
    holds(read[:3] == [2, 5, 3], "the network does not read the seed first")
    holds(len(found) == 4, f"4 letters were asked for, and {len(found)} came: is the seed among them?")
    holds(found[0] == 4, "the first new letter is not drawn from the scores after the seed's last letter")
    holds(model.before[0] == 0 and model.before[-1] > 0, "the state gets lost: at each letter the network begins anew")
    due = 0  # letters that are to be in the state
    for call, (letters, count) in enumerate(zip(model.read, model.before, strict=True), 1):
        holds(count == due, f"call {call} of the network goes on from the state after {count} letters, not after {due}")
        due += len(letters)
    holds(found == [4, 5, 6, 0], "a new letter is not drawn from what the network says of the one before")
    holds(read in ([2, 5, 3, 4, 5, 6], [2, 5, 3, 4, 5, 6, 0]), "the network reads letters again that are in its state")


CHECKS = (cut, left_over, state, history, drawn, written)
