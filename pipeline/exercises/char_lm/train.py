"""A language model of Shakespeare's characters that goes on from a seed text. Longer windows, or a larger network?

    python -m pipeline.exercises.char_lm.train {t16_h128,t128_h128,t16_h256,t128_h256}

Each epoch takes pieces from all over the text, puts them one after the other, and cuts that into streams that are read
side by side, a window at a time. The state is carried from window to window, so even short windows have a long memory;
what their length limits is how far back gradients go. Every variant reads the same characters in as many updates of as
many characters: the length of a window and the number of streams are the two sides of one coin.
"""

import math
import sys
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipeline.core.errors import run_stage
from pipeline.core.files import read_json
from pipeline.core.params import CharLM, load
from pipeline.corpora.prepared.batching import Batch
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, flat, read_table
from pipeline.models.language_model import LanguageModel, State, generate
from pipeline.scoring.next_token import sum_rows, totals
from pipeline.training.loop import Job, fit
from pipeline.training.variant import Outcome, pick, run_variant

DATA = PREPARED / "shakespeare"
GRID = {f"t{length}_h{hidden}": (length, hidden) for hidden in (128, 256) for length in (16, 128)}
PIECES = 128  # of the text in an epoch
ROW = 200  # characters of the test text in a row of the predictions
SEED_TEXT = "\n\nROMEO"  # the head of a speech; one edition goes on with a colon, the other with a full stop
SAMPLED = ((0.5, None), (0.8, None), (1.0, None), (1.0, 0.9))  # temperature and top-p


def main() -> None:
    params = load()
    variant = pick(sys.argv, tuple(GRID))
    settings = params.char_lm
    length, hidden_size = GRID[variant]
    alphabet = read_json(DATA / "characters.json")
    arguments = {
        "vocabulary": len(alphabet),
        "embedding_size": settings.embedding_size,
        "hidden_size": hidden_size,
        "layers": settings.layers,
        "dropout": settings.dropout,
    }
    run_variant(
        "char_lm",
        variant,
        metric="nats",
        params=params,
        corpora=["shakespeare"],
        train=partial(train_characters, settings=settings, arguments=arguments, length=length, alphabet=alphabet),
        description={"class": "LanguageModel", "tokens": "characters", "arguments": arguments},
        assets={"characters.json": alphabet},
        extra=Path(f"data/samples/char_lm/{variant}.json"),
    )


def train_characters(job: Job, settings: CharLM, arguments: dict, length: int, alphabet: list[str]) -> Outcome:
    """Train one seed, test it on the whole test text, and let it write."""
    texts = {split: flat(read_table(DATA / f"characters_{split}.arrow"), "character") for split in SPLITS}
    model = LanguageModel(**arguments).to(job.device)
    text = texts["train"]
    streams = max(1, settings.batch_size // length)
    read = streams * length  # characters in an update
    windows = max(1, min(settings.characters, len(text)) // read)
    steps = torch.arange(length + 1, device=job.device)
    places = torch.arange(streams, device=job.device).unsqueeze(1) * (windows * length) + steps
    size = max(1, windows * read // PIECES)
    starts = np.arange(PIECES)[:, None] * (len(text) // PIECES)
    part = torch.empty(0, dtype=torch.int64)  # what of the text this epoch reads
    state: State | None = None

    def begin_epoch(epoch: int) -> None:
        """The next characters of every piece, with an empty memory."""
        nonlocal state, part
        places = starts + (epoch - 1) * size + np.arange(size)  # (pieces, size)
        state, part = None, torch.from_numpy(text[places.ravel() % len(text)].astype(np.int64)).to(job.device)

    def loss(batch: Batch) -> tuple[torch.Tensor, int, int]:
        nonlocal state
        window = part[(places + int(batch[0])) % len(part)]  # (streams, length + 1)
        features, state = model(window[:, :-1], state=state)
        return model.nats(features.flatten(0, 1), window[:, 1:].flatten()).sum(), read, read

    def validate() -> dict[str, float]:
        nats, right = score_stream(model, texts["validation"], job)
        return {"loss": float(nats.mean()), "accuracy": float(right.mean())}

    fitted = fit(
        model,
        lambda _: [np.array([window * length]) for window in range(windows)],
        loss,
        validate,
        settings,
        "loss",
        job,
        begin_epoch,
    )
    with torch.inference_mode(), job.autocast():
        nats, right = score_stream(model, texts["test"], job)
    predictions = sum_rows(nats, right, np.arange(0, len(nats), ROW))
    test = totals(predictions)
    test["bits"] = test["nats"] / math.log(2)
    return Outcome(fitted, model, test, predictions, samples(model, alphabet, job))


def score_stream(model: LanguageModel, text: np.ndarray, job: Job, window: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Predict every character of a text but its first, the state carried from its beginning to its end.

    Args:
        text: (characters,) ids.
        window: characters that are read at once; but for rounding it makes no difference to what is predicted.

    Returns:
        nats (characters - 1,) float64, and whether the most probable character was right (characters - 1,) bool.
    """
    nats, right = [], []
    state: State | None = None
    for start in range(0, len(text) - 1, window):
        ids = torch.from_numpy(text[start : start + window + 1].astype(np.int64)).to(job.device)
        features, state = model(ids[:-1].unsqueeze(0), state=state)
        nats.append(model.nats(features[0], ids[1:]).double().cpu().numpy())
        right.append((model.guesses(features[0]) == ids[1:]).cpu().numpy())
    return np.concatenate(nats), np.concatenate(right)


def samples(model: LanguageModel, alphabet: list[str], job: Job) -> list[dict[str, Any]]:
    """300 characters after the seed text, at several temperatures."""
    ids = [alphabet.index(character) if character in alphabet else 0 for character in SEED_TEXT]
    written = []
    for temperature, top_p in SAMPLED:
        generator = torch.Generator().manual_seed(job.seed)
        text = "".join(alphabet[i] for i in islice(generate(model, ids, temperature, top_p, generator), 300))
        written.append({"seed": SEED_TEXT, "temperature": temperature, "top_p": top_p, "text": text})
    return written


if __name__ == "__main__":
    run_stage(main)
