"""A language model of Shakespeare's characters that goes on from a seed text. Longer windows, or a larger network?

    python -m pipeline.exercises.char_lm.train {t16_h128,t128_h128,t16_h256,t128_h256}

Each epoch takes pieces from all over the text, puts them one after the other, and cuts that into streams that are read
side by side, a window at a time. The state is carried from window to window, so even short windows have a long memory;
what their length limits is how far back gradients go. Every variant reads the same characters in as many updates of as
many characters: with longer windows there are fewer streams.

The text in three pieces (there are 128), of each of which an epoch reads four characters; two streams, windows of two:

    text       abcdefghijk lmnopqrstuv wxyzABCDEFG
    epoch 1    ^^^^        ^^^^        ^^^^           abcdlmnowxyz, cut into streams:
    epoch 2        ^^^^        ^^^^        ^^^^       efghpqrsABCD

    epoch 1    window 0   window 1   window 2         characters that are read; to each the next one of the stream is
    stream 0   ab         cd         lm               predicted: b c, d l, m n
    stream 1   no         wx         yz               o w, x y, z a
"""

import math
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch

from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import Batch
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, flat, read_table
from pipeline.exercises.char_lm.stage import STAGE, Settings
from pipeline.models.language_model import LanguageModel, State, generate
from pipeline.scoring.next_token import sum_rows, totals
from pipeline.training.run import main
from pipeline.training.task import Job, Loss, Recipe, Task, Tested

DATA = PREPARED / "shakespeare"
PIECES = 128  # of the text in an epoch
ROW = 200  # characters of the test text in a row of the predictions
SEED_TEXT = "\n\nROMEO"  # the head of a speech; one edition goes on with a colon, the other with a full stop
SAMPLED = ((0.5, None), (0.8, None), (1.0, None), (1.0, 0.9))  # temperature and top-p


@dataclass(frozen=True, kw_only=True)
class CharacterRecipe(Recipe):
    """The recipe of a language model of characters."""

    window: int  # characters of a stream that are read at once
    alphabet: list[str]


def recipe(variant: str, settings: Settings) -> CharacterRecipe:
    """The network of a variant."""
    kind = STAGE.variants[variant]
    alphabet = read_json(DATA / "characters.json")
    return CharacterRecipe(
        settings,
        LanguageModel,
        arguments={
            "vocabulary": len(alphabet),
            "embedding_size": settings.embedding_size,
            "hidden_size": kind["hidden_size"],
            "layers": settings.layers,
            "dropout": settings.dropout,
        },
        description={"tokens": "characters"},
        assets={"characters.json": alphabet},
        window=kind["window"],
        alphabet=alphabet,
    )


class CharLM(Task[CharacterRecipe]):
    """One seed of a language model of characters.

    Between batches it keeps the characters that the epoch reads, `read`, and the `state` after the window before.
    """

    model: LanguageModel

    def __init__(self, recipe: CharacterRecipe, job: Job) -> None:
        super().__init__(recipe, job)
        self.texts = {split: flat(read_table(DATA / f"characters_{split}.arrow"), "character") for split in SPLITS}
        self.streams = max(1, self.settings.batch_size // recipe.window)
        self.update = self.streams * recipe.window  # characters in an update
        self.windows = max(1, min(self.settings.characters, len(self.texts["train"])) // self.update)
        first = torch.arange(self.streams, device=job.device) * (self.windows * recipe.window)  # of each stream
        # Window 0 and the character after it; those of window w lie w * recipe.window further on.
        self.places = first.unsqueeze(1) + torch.arange(recipe.window + 1, device=job.device)  # (streams, window + 1)
        self.begin_epoch(1)

    def begin_epoch(self, epoch: int) -> None:
        """The next characters of every piece, with an empty memory."""
        text = self.texts["train"]
        size = max(1, self.windows * self.update // PIECES)  # characters of a piece in an epoch
        starts = np.arange(PIECES)[:, None] * (len(text) // PIECES)
        places = starts + (epoch - 1) * size + np.arange(size)  # (pieces, size)
        self.read = torch.from_numpy(text[places.ravel() % len(text)].astype(np.int64)).to(self.job.device)
        self.state: State | None = None

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        """Windows in the order of the text, each told by how far it lies from window 0."""
        return [np.array([window * self.recipe.window]) for window in range(self.windows)]

    def loss(self, batch: Batch) -> Loss:
        window = self.read[(self.places + int(batch[0])) % len(self.read)]  # (streams, window + 1)
        features, self.state = self.model(window[:, :-1], state=self.state)
        nats = self.model.nats(features.flatten(0, 1), window[:, 1:].flatten())
        return Loss(nats.sum(), self.update, self.update)

    def validate(self) -> dict[str, float]:
        nats, right = score_stream(self.model, self.texts["validation"], self.job)
        return {"loss": float(nats.mean()), "accuracy": float(right.mean())}

    def test(self) -> Tested:
        with self.job.inference():
            nats, right = score_stream(self.model, self.texts["test"], self.job)
        predictions = sum_rows(nats, right, np.arange(0, len(nats), ROW))
        found: dict[str, Any] = totals(predictions)
        found["bits"] = found["nats"] / math.log(2)
        return Tested(found, predictions, samples(self.model, self.recipe.alphabet, self.job))


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
    main(STAGE, recipe, CharLM)
