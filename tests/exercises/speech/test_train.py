"""Speech: masks within the recording, padded frames, states of every layer."""

import numpy as np
import pytest
import torch

from pipeline.corpora.prepared.batching import pad_frames
from pipeline.corpora.prepared.tables import Ragged
from pipeline.exercises.speech.train import LONGEST_MASK, probe, spec_augment, stretches
from pipeline.models.recogniser import Recogniser

LENGTHS = [6, 1, 4]


def recogniser(layers, cell="lstm", dimensions=9):
    torch.manual_seed(0)
    return Recogniser(dimensions, 3, 4, layers, cell, 0.0).eval()


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_padded_recordings_are_recognised_as_each_alone(cell, layers):
    model = recogniser(layers, cell)
    rows = Ragged(np.random.default_rng(0).normal(size=(11, 9)).astype(np.float32), np.cumsum([0, *LENGTHS]))
    together, means = model(*pad_frames(rows, np.array([2, 0, 1])))
    assert len(means) == layers
    for at, row in enumerate([2, 0, 1]):
        frames = torch.from_numpy(rows[row]).unsqueeze(0)
        alone, own = model(frames, torch.tensor([LENGTHS[row]]))
        torch.testing.assert_close(together[at], alone[0])
        for mean, other in zip(means, own, strict=True):
            torch.testing.assert_close(mean[at], other[0])


def test_means_are_of_the_states_that_torch_computes():
    model = recogniser(2)
    frames = torch.randn(1, 7, 9)
    states = frames
    for layer, mean in zip(model.layers, model(frames, torch.tensor([7]))[1], strict=True):
        plain = torch.nn.LSTM(layer.input_size, 4, batch_first=True, bidirectional=True)
        plain.load_state_dict(layer.state_dict())
        states, _ = plain(states)
        torch.testing.assert_close(mean, states.mean(1))


def test_pad_frames_gathers_rows():
    rows = Ragged(np.arange(22, dtype=np.float32).reshape(11, 2), np.cumsum([0, *LENGTHS]))
    frames, lengths = pad_frames(rows, np.array([1, 2]))
    assert frames.dtype == torch.float32 and lengths.tolist() == [1, 4]
    assert frames[0].tolist() == [[12, 13], [0, 0], [0, 0], [0, 0]]
    assert frames[1].numpy().tolist() == rows[2].tolist()


def test_masks_hide_stretches_within_each_recording():
    torch.manual_seed(0)
    lengths = torch.tensor([50, 10, 1] * 200)
    hidden = stretches(lengths, 50, 0.2)
    width = hidden.sum(1)
    assert (width <= 0.2 * lengths).all() and set(width[lengths == 10].tolist()) == {0, 1, 2}
    assert not (hidden & (torch.arange(50) >= lengths.unsqueeze(1))).any()
    assert (hidden.int().diff(dim=1).abs().sum(1) <= 2).all()  # one stretch
    places = hidden[lengths == 50].float().mean(0)
    assert places.min() > 0.01  # anywhere


def test_augmentation_zeroes_bands_and_leaves_the_rest():
    torch.manual_seed(0)
    features, lengths = torch.randn(8, 40, 39), torch.tensor([40, 30] * 4)
    masked = spec_augment(features, lengths)
    hidden = masked != features
    assert (masked[hidden] == 0).all() and hidden.any()
    whole_steps, whole_dimensions = hidden.all(2), hidden.all(1)
    assert torch.equal(hidden, whole_steps.unsqueeze(2) | whole_dimensions.unsqueeze(1))
    assert (whole_steps.sum(1) <= LONGEST_MASK * lengths).all()
    assert not torch.equal(masked, spec_augment(features, lengths))


def test_probe_finds_what_is_linear():
    draw = np.random.default_rng(0)
    states, labels = draw.normal(size=(300, 5)), draw.integers(0, 3, 300)
    states[np.arange(300), labels] += 6
    assert probe(states[:200], labels[:200], states[200:], labels[200:]) > 0.95
