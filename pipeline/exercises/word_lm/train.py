"""Exercise 7: predict the next word, in batches of different lengths. Is the state worth carrying between batches?

    python -m pipeline.exercises.word_lm.train {ngram,carried,reset}

The text is cut into streams of consecutive lines. A batch is the next few lines of every stream, padded, and each
sequence's state is the one at its own end; `carried` starts the next batch from it, `reset` from zero. The few lines
that fill no whole batch at the end of the training text are left out. `ngram` is the baseline: it counts what followed
the last few words.

    stream    batch 0     batch 1     batch 2
      0       s0          s1          s2            a sequence s is `lines` lines of the text;
      1       s3          s4          s5            row r of a batch goes on where row r
      2       s6          s7          s8            of the batch before it stopped

Both networks are tested both ways, so that what a carried state is worth can be told from what training with it is
worth; a variant's own scores are from the test that is like its training.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad as widened

from pipeline.core.files import read_json
from pipeline.corpora.prepared.batching import Batch, pad
from pipeline.corpora.prepared.specials import EOS, OF_LINES
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, Ragged, ragged, read_table
from pipeline.exercises.word_lm.stage import STAGE, Settings
from pipeline.layers.recurrent import length_mask
from pipeline.models.language_model import LanguageModel, State, score_text
from pipeline.models.ngram import NGram, counted
from pipeline.scoring.next_token import perplexity_of, sum_rows, totals
from pipeline.training.run import main
from pipeline.training.task import Fit, Job, Loss, Recipe, Task, Tested

DATA = PREPARED / "shakespeare"
END = OF_LINES.index(EOS)  # its id: it ends each line, and so it comes before each sequence's first word
TOGETHER = 64  # sequences in a batch of the test


@dataclass(frozen=True, kw_only=True)
class WordRecipe(Recipe):
    """The recipe of a language model of words."""

    carried: bool  # the state goes on from batch to batch
    words: np.ndarray  # (vocabulary,) bool, tokens that are words: no punctuation, line's end or unknown word


def recipe(variant: str, settings: Settings) -> WordRecipe:
    """The model of a variant."""
    kind = STAGE.variants[variant]
    vocabulary = read_json(DATA / "vocabulary.json")
    words = np.array([i >= len(OF_LINES) and any(map(str.isalnum, token)) for i, token in enumerate(vocabulary)])
    common: dict[str, Any] = {
        "description": {"tokens": "words"},
        "assets": {"vocabulary.json": vocabulary},
        "words": words,
    }
    if kind["network"] == "ngram":
        size = {"vocabulary": len(vocabulary), "order": settings.order}
        return WordRecipe(settings, NGram, size, carried=True, precision="fp32", **common)
    arguments = {
        "vocabulary": len(vocabulary),
        "embedding_size": settings.embedding_size,
        "hidden_size": settings.hidden_size,
        "layers": settings.layers,
        "dropout": settings.dropout,
        "cutoffs": settings.cutoffs,
    }
    return WordRecipe(settings, LanguageModel, arguments, carried=kind["carried"], **common)


class WordLM(Task[WordRecipe]):
    """One seed of a language model of words; its `state` is the one at the end of the batch before."""

    model: LanguageModel | NGram

    def __init__(self, recipe: WordRecipe, job: Job) -> None:
        super().__init__(recipe, job)
        self.texts = {
            split: sequences(ragged(read_table(DATA / f"words_{split}.arrow"), "tokens"), self.settings.lines)
            for split in SPLITS
        }
        text = self.texts["train"]
        self.streams = min(self.settings.batch_size, len(text))
        self.length = len(text) // self.streams  # sequences in a stream
        part = min(1.0, self.settings.words / len(text.values))  # of the text in an epoch
        self.steps = max(1, round(self.length * part))
        self.begin_epoch(1)

    def train(self) -> Fit:
        return self.count(self.model) if isinstance(self.model, NGram) else super().train()

    def count(self, model: NGram) -> Fit:
        """Fit n-grams to the whole training text. Its loss is that of as many sequences as validation has."""
        text = self.texts["train"]
        first = text.offsets[: len(self.texts["validation"]) + 1]

        def fit() -> float:
            model.load_state_dict(counted(np.insert(text.values, 0, END), model.vocabulary, model.order))
            return float(self.score(Ragged(text.values[: first[-1]], first), carried=True)[0].mean())

        return self.fit_at_once(fit, len(text.values))

    def begin_epoch(self, epoch: int) -> None:
        self.first = (epoch - 1) * self.steps  # step of the epoch's first batch
        self.state: State | None = None

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        places = np.arange(self.first, self.first + self.steps) % self.length  # after a stream's end, its beginning
        return [np.arange(self.streams) * self.length + place for place in places]

    def loss(self, batch: Batch) -> Loss:
        features, targets, after = read_batch(self.model, self.texts["train"], batch, self.state, self.job)
        self.state = after if self.recipe.carried else None
        return Loss(self.model.nats(features, targets).sum(), len(targets), len(targets))

    def validate(self) -> dict[str, float]:
        nats, right = self.score(self.texts["validation"], self.recipe.carried)
        return {"loss": float(nats.mean()), "accuracy": float(right.mean())}

    def test(self) -> Tested:
        text, words = self.texts["test"], self.recipe.words
        with self.job.inference():
            nats, right = self.score(text, self.recipe.carried)
            other, _ = self.score(text, not self.recipe.carried)
        predictions = sum_rows(nats, right, text.offsets[:-1])
        found: dict[str, Any] = totals(predictions)
        found["perplexity"] = perplexity_of(found["nats"])
        found["perplexity_other_way"] = perplexity_of(float(other.mean()))
        for name, chosen in {"line_end": text.values == END, "word": words[text.values]}.items():
            found |= {f"{name}_share": float(chosen.mean()), f"{name}_accuracy": float(right[chosen].mean())}
        found["word_perplexity"] = perplexity_of(float(nats[words[text.values]].mean()))
        return Tested(found, predictions)

    def score(self, text: Ragged, carried: bool) -> tuple[np.ndarray, np.ndarray]:
        """Predict every word of a text, its lines' ends included, in order.

        Args:
            carried: the state goes through the whole text; else each sequence begins from zero.

        Returns:
            nats (words,) float64, and whether the most probable word was right (words,) bool.
        """
        if carried:
            whole = torch.from_numpy(np.insert(text.values, 0, END).astype(np.int64)).to(self.job.device)
            nats, right = score_text(self.model, whole)
            return nats.cpu().numpy(), right.cpu().numpy()
        parts = []
        for batch in np.array_split(np.arange(len(text)), -(-len(text) // TOGETHER)):
            features, targets, _ = read_batch(self.model, text, batch, None, self.job)
            parts.append((self.model.nats(features, targets).double(), self.model.guesses(features) == targets))
        nats, right = map(torch.cat, zip(*parts, strict=True))
        return nats.cpu().numpy(), right.cpu().numpy()


def sequences(lines: Ragged, together: int) -> Ragged:
    """End each line with <eos> and put so many consecutive ones into a sequence."""
    values = np.insert(lines.values, lines.offsets[1:], END)
    ends = lines.offsets[1:] + np.arange(1, len(lines) + 1)
    chosen = ends[together - 1 :: together]
    if len(lines) % together:
        chosen = np.append(chosen, ends[-1])  # the last sequence has fewer
    return Ragged(values, np.append(0, chosen))


def read_batch(
    model: LanguageModel | NGram, text: Ragged, batch: Batch, state: State | None, job: Job
) -> tuple[Tensor, Tensor, State]:
    """Read the sequences of a batch.

    Returns:
        features (words, hidden) before each real word, sequence after sequence, the words (words,), and the state at
        each sequence's own end.
    """
    targets, lengths = (tensor.to(job.device) for tensor in pad(text, batch))
    # read:     <eos>  the  dog
    # predict:  the    dog  <eos>
    read = widened(targets[:, :-1], (1, 0), value=END)
    features, state = model(read, lengths, state)
    real = length_mask(lengths, targets.shape[1])  # (batch, steps)
    return features[real], targets[real], state


if __name__ == "__main__":
    main(STAGE, recipe, WordLM)
