"""The archive of Speech Commands (Warden, 2018): its recordings, the lists of its splits, and silence from its noises.

A recording is called (word, stem): WORD/STEM.wav, where the stem is SPEAKER_nohash_N.
"""

import re
from math import ceil

import numpy as np
from tqdm import tqdm

from pipeline.core.errors import PipelineError
from pipeline.corpora import audio
from pipeline.corpora.prepared import splits
from pipeline.corpora.sources import archive
from pipeline.corpora.sources.raw import Source, decode

SILENCE = "silence"  # the word of what is cut from the noises
LISTS = {"validation_list.txt": "validation", "testing_list.txt": "test"}
NOISE = "_background_noise_"
NOISE_PARTS = {"train": (0.0, 0.8), "validation": (0.8, 0.9), "test": (0.9, 1.0)}
WAV = re.compile(r"(?:^|/)([^/]+)/([^/]+)\.wav$")

Name = tuple[str, str]  # (word, stem)


def contents(source: Source) -> tuple[set[Name], dict[str, str]]:
    """(word, file stem) of every recording, and the split of those that the two lists name."""
    names: set[Name] = set()
    lists: dict[str, str] = {}

    def is_list(member: str) -> bool:
        if (match := WAV.search(member)) and match[1] != NOISE:
            names.add((match[1], match[2]))
        return member.rpartition("/")[2] in LISTS

    for path in source.archives:
        for member, data in archive.members(path, is_list):
            split = LISTS[member.rpartition("/")[2]]
            lists |= {line.strip(): split for line in decode(data, f"{path} ({member})").split("\n") if line.strip()}
    if not names or set(lists.values()) != set(LISTS.values()):
        raise PipelineError(
            f"{source.directory} holds {len(names)} recordings and needs {' and '.join(LISTS)} beside them"
        )
    return names, lists


def with_unknown_and_silence(part: list[Name], split: str, wanted: list[str]) -> list[Name]:
    """Keep the commands, and a tenth as many other words and silences, as Warden (2018) does; in hash order.

    Args:
        part: (word, stem) of a split, in hash order.
    """
    known = [name for name in part if name[0] in wanted]
    tenth = ceil(len(known) / 10)
    others = [name for name in part if name[0] not in wanted][:tenth]
    silences = [(SILENCE, f"{split}_{number}") for number in range(tenth)]
    return sorted(known + others + silences, key=lambda name: splits.content_hash("/".join(name).encode()))


def decode_wavs(source: Source, names: set[Name]) -> dict[Name, np.ndarray]:
    """Cepstra of the named recordings, by name."""
    features = {}
    with tqdm(total=len(names), desc="wav", unit="clip", disable=None) as progress:
        for path in source.archives:
            for member, data in archive.members(
                path, lambda m: (w := WAV.search(m)) is not None and w.groups() in names
            ):
                word, stem = WAV.search(member).groups()  # type: ignore[union-attr]
                features[word, stem] = audio.mfcc(audio.read_wav(data, f"{path} ({member})"))
                progress.update()
    return features


def noises(source: Source) -> list[np.ndarray]:
    """The background noises, (samples,) each, in the order of their names."""
    found = {}
    for path in source.archives:
        for member, data in archive.members(path, lambda m: (w := WAV.search(m)) is not None and w[1] == NOISE):
            found[member] = audio.read_wav(data, f"{path} ({member})")
    if not found:
        raise PipelineError(f"{source.directory} holds no {NOISE}/*.wav to cut silence from")
    return [found[member] for member in sorted(found)]


def silence(noise: list[np.ndarray], split: str, name: str) -> np.ndarray:
    """Cepstra of a second of noise, at a loudness that `name` decides too."""
    return audio.mfcc(noise_cut(noise, split, name) * np.float32(fraction(f"{name} volume")))


def noise_cut(noise: list[np.ndarray], split: str, name: str) -> np.ndarray:
    """A second of noise, where the hash of `name` says; splits share no stretch of it."""
    samples = noise[int(fraction(f"{name} file") * len(noise))]
    first, last = (int(share * len(samples)) for share in NOISE_PARTS[split])
    start = first + int(fraction(f"{name} start") * max(last - first - audio.RATE, 0))
    cut = samples[start : min(start + audio.RATE, last)]
    return np.pad(cut, (0, audio.RATE - len(cut)))


def fraction(name: str) -> float:
    """A number in [0, 1) that only the name decides."""
    return int(splits.content_hash(name)[:13], 16) / 16**13
