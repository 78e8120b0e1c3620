"""What a solution of exercise 9 is checked for."""

from types import ModuleType

import torch
from torch import Tensor, nn

from pipeline.checking.checks import alike, holds, learns, made, need, noisy, shaped

SIZE, HIDDEN, WORDS = 3, 4, 5
LENGTHS = (4, 9, 2, 6)


def recordings() -> list[Tensor]:
    """Of different lengths, and of different loudness."""
    return [(row + 1) * torch.randn(length, SIZE) + row for row, length in enumerate(LENGTHS)]


def normal(one: Tensor) -> Tensor:
    """A recording, normalised alone."""
    return (one - one.mean(0)) / (one.std(0, correction=0) + 1e-5)


def normalised_alone(theirs: ModuleType) -> None:
    """A recording without padding has mean 0 and deviation 1 in each coefficient."""
    one = torch.randn(1, 8, SIZE) * torch.tensor([1.0, 5.0, 0.2]) + 3
    found = shaped(need(theirs, "normalised")(one, torch.tensor([8])), (1, 8, SIZE), "the result of normalised")
    mean, deviation = found.mean(1), found.std(1, correction=0)
    alike(mean, torch.zeros(1, SIZE), "a recording alone: its coefficients do not have mean 0 afterwards")
    alike(
        deviation, torch.ones(1, SIZE), "a recording alone: its coefficients do not have deviation 1 afterwards", 1e-3
    )


def normalised_together(theirs: ModuleType) -> None:
    """A recording is normalised in a batch as it is alone."""
    normalised = need(theirs, "normalised")
    alone = recordings()
    for noise in (0.0, 100.0):
        frames, lengths = noisy(alone, noise)
        before = frames.clone()
        found = shaped(normalised(frames, lengths), tuple(frames.shape), "the result of normalised")
        holds(torch.equal(frames, before), "normalised changes the frames that it was given")
        for row, one in enumerate(alone):
            padding = "zeros" if not noise else "something else"
            problem = f"a short recording is normalised otherwise in a batch than alone (with {padding} in the padding)"
            alike(found[row, : len(one)], normal(one), problem, 1e-3)
            holds(not found[row, len(one) :].any(), "the padding is not zero after normalising")
    silent = normalised(torch.ones(1, 3, SIZE), torch.tensor([3]))
    holds(bool(torch.isfinite(silent).all()), "a recording of pure silence gives numbers that are not finite")


def layers(theirs: ModuleType) -> None:
    """The network has as many layers as are asked for."""
    for count in (1, 3):
        network = made(theirs, "Recogniser", SIZE, HIDDEN, WORDS, count)
        holds(isinstance(getattr(network, "lstm", None), nn.LSTM), "Recogniser has no nn.LSTM called lstm")
        found = network.lstm.num_layers
        holds(found == count, f"with {count} layers asked for, the LSTM has {found}")
        holds(not network.lstm.bidirectional, "the LSTM reads in both directions: one is asked for")
    holds(made(theirs, "Recogniser", SIZE, HIDDEN, WORDS).lstm.num_layers == 3, "without a number, it is not 3 layers")


def top(theirs: ModuleType) -> None:
    """The last state of the top layer decides."""
    network = made(theirs, "Recogniser", SIZE, HIDDEN, WORDS, 3)
    frames = torch.randn(2, 5, SIZE)
    found = shaped(network(frames, torch.tensor([5, 5])), (2, WORDS), "the result of Recogniser")
    alone = [network.lstm(one) for one in frames]  # without a batch: batch_first does not matter
    outputs, h = torch.stack([one for one, _ in alone]), torch.stack([h for _, (h, _) in alone], 1)
    for layer, name in ((0, "bottom"), (1, "middle")):
        same = torch.allclose(found, network.output(h[layer]), atol=1e-5)
        holds(not same, f"the state of the {name} layer decides, not that of the top")
    alike(
        found,
        network.output(outputs[:, -1]),
        "recordings of one length: the scores are not those of the top's last state",
    )


def padding(theirs: ModuleType) -> None:
    """A recording has the same scores alone and in a batch, in its own place."""
    network = made(theirs, "Recogniser", SIZE, HIDDEN, WORDS, 3)
    alone = recordings()
    singly = [network(one.unsqueeze(0), torch.tensor([len(one)])) for one in alone]
    what = "the result of Recogniser for one recording"
    expected = torch.cat([shaped(one, (1, WORDS), what) for one in singly]).detach()
    found = shaped(network(*noisy(alone)), (len(LENGTHS), WORDS), "the result of Recogniser").detach()
    near = bool((torch.cdist(found, expected).amin(1) < 1e-5).all())
    holds(not near or torch.allclose(found, expected, atol=1e-4), "recordings get each other's scores: mind the order")
    alike(
        found, expected, "a short recording gets other scores in a batch with a longer one than alone: padding is read"
    )


def learnt(theirs: ModuleType) -> None:
    """Gradients reach every layer."""
    network = made(theirs, "Recogniser", SIZE, HIDDEN, WORDS, 3)
    learns(network, network(*noisy(recordings(), 0.0)), "Recogniser")


CHECKS = (normalised_alone, normalised_together, layers, top, padding, learnt)
