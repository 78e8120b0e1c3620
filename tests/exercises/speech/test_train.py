"""Speech: masks within the recording, padded frames, states of every layer; from sound to a score."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from pipeline.corpora import speech
from pipeline.corpora.prepared.batching import pad_frames
from pipeline.corpora.prepared.tables import Ragged
from pipeline.exercises.speech.linear import logistic_regression
from pipeline.exercises.speech.train import LONGEST_MASK, probe, spec_augment, stretches
from pipeline.models.recogniser import MeanCepstra, Recogniser
from tests.corpora.editions import config, source, tarball

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


def test_padded_recordings_have_the_moments_of_each_alone():
    torch.manual_seed(0)
    model = MeanCepstra(9, 3)
    rows = Ragged(np.random.default_rng(0).normal(size=(11, 9)).astype(np.float32), np.cumsum([0, *LENGTHS]))
    together, means = model(*pad_frames(rows, np.array([2, 0, 1])))
    assert means == []
    for at, row in enumerate([2, 0, 1]):
        frames = torch.from_numpy(rows[row])
        features = torch.cat([frames.mean(0), frames.std(0, correction=0)])
        torch.testing.assert_close(together[at], model.output(features), atol=1e-4, rtol=1e-4)


def test_logistic_regression_is_that_of_scikit_learn():
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 3, 200)
    features = draw.normal(size=(200, 6)) * [1, 2, 3, 4, 5, 0] + 0.7 * np.eye(6)[labels] + 9
    linear = logistic_regression(torch.from_numpy(features), torch.from_numpy(labels), 3, penalty=10.0)
    scaler = StandardScaler().fit(features)
    other = LogisticRegression(C=0.1, tol=1e-10, max_iter=1000).fit(scaler.transform(features), labels)
    expected = other.predict_proba(scaler.transform(features))
    np.testing.assert_allclose(linear(torch.from_numpy(features)).softmax(1).detach(), expected, atol=1e-5)


def tone(hertz: float, seed: int) -> bytes:
    """A tenth of a second of a tone in noise, as a wav file."""
    draw, buffer = np.random.default_rng(seed), io.BytesIO()
    samples = 0.3 * np.sin(2 * np.pi * hertz * np.arange(1600) / 16_000 + draw.uniform(0, 6))
    soundfile.write(buffer, samples + draw.normal(scale=0.02, size=1600), 16_000, "PCM_16", format="WAV")
    return buffer.getvalue()


@pytest.mark.parametrize("variant", ["mean_cepstra", "layers_2"])
def test_from_sound_to_a_score(make, tmp_path, variant):
    """Wav files in the layout of Speech Commands: two words that are two tones, each speaker in one split."""
    members, lists = {}, {3: [], 4: []}
    for word, hertz in (("yes", 300.0), ("no", 1800.0)):
        for speaker in range(5):
            for take in range(4):
                name = f"{word}/{speaker:08x}_nohash_{take}.wav"
                members[name] = tone(hertz, len(members))
                if speaker in lists:
                    lists[speaker].append(name)
    members |= {"validation_list.txt": "\n".join(lists[3]).encode(), "testing_list.txt": "\n".join(lists[4]).encode()}
    out = Path("data/prepared/speech")
    out.mkdir(parents=True)
    found = source(tmp_path / "raw", "speech", "speech_commands", {"sounds.tar.gz": tarball(members)})
    speech.prepare(found, config(), out)

    task = make("speech", variant, epochs=1)
    fit, scores = task.train(), task.test().scores
    assert len(fit.history) == 1 and np.isfinite(fit.history[0]["validation_loss"])
    assert scores["snr"] == {"clean": scores["accuracy"]}
    if variant == "mean_cepstra":
        assert scores["accuracy"] == 1.0  # tones are told apart by their spectrum alone
