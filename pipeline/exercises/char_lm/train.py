"""A language model of Shakespeare's characters that goes on from a seed text. Gradients from further back, or a larger
state? And is a network better than counting?

    python -m pipeline.exercises.char_lm.train {ngram,t16_h128,t64_h128,t64_h256}

Each epoch takes pieces from all over the text, puts them one after the other, and cuts that into streams that are read
side by side, with an update of the weights every few steps. The state is carried from one update to the next, so it may
hold what was read long ago. What the window limits is how far back gradients go: they are cut where a window begins.
Networks with different windows read the same streams in the same order, with as many updates at the same places.

The text in three pieces (there are 128), of each of which an epoch reads eight characters; two streams, four characters
of each in an update:

    text       abcdefghijk lmnopqrstuv wxyzABCDEFG
    epoch 1    ^^^^^^^^    ^^^^^^^^    ^^^^^^^^       abcdefghlmnopqrswxyzABCD, cut into streams:

    update     0        1        2           characters that are read; to each the next one of the stream is predicted:
    stream 0   abcd     efgh     lmno        b c d e, f g h l, m n o p
    stream 1   pqrs     wxyz     ABCD        q r s w, x y z A, B C D a

    window 4   |abcd    |efgh    |lmno       | gradients do not go back beyond it
    window 2   |ab|cd   |ef|gh   |lm|no

`ngram` is the baseline: it counts what followed the last few characters, in the whole text at once.
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
from pipeline.models.language_model import LanguageModel, State, generate, score_text
from pipeline.models.ngram import NGram, counted
from pipeline.scoring.next_token import sum_rows, totals
from pipeline.training.run import main
from pipeline.training.task import Fit, Job, Loss, Recipe, Task, Tested

DATA = PREPARED / "shakespeare"
PIECES = 128  # of the text in an epoch
WIDTH = 128  # units of the network that `learning_rate` is for; it falls as they grow (Yang et al. 2021)
ROW = 200  # characters of the test text in a row of the predictions
SEED_TEXT = "\n\nROMEO"  # the head of a speech; one edition goes on with a colon, the other with a full stop
SAMPLED = ((0.5, None), (0.8, None), (1.0, None), (1.0, 0.9))  # temperature and top-p


@dataclass(frozen=True, kw_only=True)
class CharacterRecipe(Recipe):
    """The recipe of a language model of characters."""

    window: int  # characters within which gradients go back
    alphabet: list[str]


def recipe(variant: str, settings: Settings) -> CharacterRecipe:
    """The model of a variant."""
    kind = STAGE.variants[variant]
    alphabet = read_json(DATA / "characters.json")
    common: dict[str, Any] = {
        "description": {"tokens": "characters"},
        "assets": {"characters.json": alphabet},
        "alphabet": alphabet,
    }
    if kind["network"] == "ngram":
        size = {"vocabulary": len(alphabet), "order": settings.order}
        return CharacterRecipe(settings, NGram, size, window=settings.steps, precision="fp32", **common)
    arguments = {
        "vocabulary": len(alphabet),
        "embedding_size": settings.embedding_size,
        "hidden_size": kind["hidden_size"],
        "layers": settings.layers,
        "dropout": settings.dropout,
    }
    rate = settings.learning_rate * WIDTH / kind["hidden_size"]
    own = settings.model_copy(update={"learning_rate": rate})
    return CharacterRecipe(own, LanguageModel, arguments, window=kind["window"], **common)


class CharLM(Task[CharacterRecipe]):
    """One seed of a language model of characters.

    Between batches it keeps the characters that the epoch reads, `read`, and the `state` after the update before.
    """

    model: LanguageModel | NGram

    def __init__(self, recipe: CharacterRecipe, job: Job) -> None:
        super().__init__(recipe, job)
        self.texts = {split: flat(read_table(DATA / f"characters_{split}.arrow"), "character") for split in SPLITS}
        self.update = self.settings.batch_size * self.settings.steps  # characters in an update
        self.updates = max(1, min(self.settings.characters, len(self.texts["train"])) // self.update)
        first = torch.arange(self.settings.batch_size, device=job.device) * (self.updates * self.settings.steps)
        # Of each stream those of update 0, and the character after them; those of update u lie u * steps further on.
        self.places = first.unsqueeze(1) + torch.arange(self.settings.steps + 1, device=job.device)
        self.begin_epoch(1)

    def train(self) -> Fit:
        return self.count(self.model) if isinstance(self.model, NGram) else super().train()

    def count(self, model: NGram) -> Fit:
        """Fit n-grams to the whole training text. Its loss is that of a stretch as long as the validation text."""
        text = self.texts["train"]

        def fit() -> float:
            model.load_state_dict(counted(text, model.vocabulary, model.order))
            return float(self.score(text[: len(self.texts["validation"])])[0].mean())

        return self.fit_at_once(fit, len(text))

    def begin_epoch(self, epoch: int) -> None:
        """The next characters of every piece, with an empty memory."""
        text = self.texts["train"]
        size = max(1, self.updates * self.update // PIECES)  # characters of a piece in an epoch
        starts = np.arange(PIECES)[:, None] * (len(text) // PIECES)
        places = starts + (epoch - 1) * size + np.arange(size)  # (pieces, size)
        self.read = torch.from_numpy(text[places.ravel() % len(text)].astype(np.int64)).to(self.job.device)
        self.state: State | None = None

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        """Updates in the order of the text, each told by how far it lies from update 0."""
        return [np.array([update * self.settings.steps]) for update in range(self.updates)]

    def loss(self, batch: Batch) -> Loss:
        read = self.read[(self.places + int(batch[0])) % len(self.read)]  # (streams, steps + 1)
        features = []
        for window in read[:, :-1].split(self.recipe.window, 1):
            after, self.state = self.model(window, state=self.state)  # the state comes cut from the graph
            features.append(after)
        nats = self.model.nats(torch.cat(features, 1).flatten(0, 1), read[:, 1:].flatten())
        return Loss(nats.sum(), self.update, self.update)

    def validate(self) -> dict[str, float]:
        nats, right = self.score(self.texts["validation"])
        return {"loss": float(nats.mean()), "accuracy": float(right.mean())}

    def test(self) -> Tested:
        with self.job.inference():
            nats, right = self.score(self.texts["test"])
        predictions = sum_rows(nats, right, np.arange(0, len(nats), ROW))
        found: dict[str, Any] = totals(predictions)
        found["bits"] = found["nats"] / math.log(2)
        return Tested(found, predictions, samples(self.model, self.recipe.alphabet, self.job))

    def score(self, text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Nats (characters - 1,) of every character but the first, and whether the most probable one was right."""
        nats, right = score_text(self.model, torch.from_numpy(text.astype(np.int64)).to(self.job.device))
        return nats.cpu().numpy(), right.cpu().numpy()


def samples(model: LanguageModel | NGram, alphabet: list[str], job: Job) -> list[dict[str, Any]]:
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
