"""Exercise 7: predict the next word, in batches of different lengths. Is the state worth carrying between batches?

    python -m pipeline.exercises.word_lm.train {carried,reset}

The text is cut into streams of consecutive lines. A batch is the next few lines of every stream, padded, and each
sequence's state is the one at its own end; `carried` starts the next batch from it, `reset` from zero. The few lines
that fill no whole batch at the end of the training text are left out.

    stream    batch 0     batch 1     batch 2
      0       s0          s1          s2            a sequence s is `lines` lines of the text;
      1       s3          s4          s5            row r of a batch goes on where row r
      2       s6          s7          s8            of the batch before it stopped
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
from pipeline.models.language_model import LanguageModel, State
from pipeline.scoring.next_token import perplexity_of, sum_rows, totals
from pipeline.training.run import main
from pipeline.training.task import Job, Loss, Recipe, Task, Tested

DATA = PREPARED / "shakespeare"
END = OF_LINES.index(EOS)  # its id: it ends each line, and so it comes before each sequence's first word


@dataclass(frozen=True, kw_only=True)
class WordRecipe(Recipe):
    """The recipe of a language model of words."""

    carried: bool  # the state goes on from batch to batch
    words: np.ndarray  # (vocabulary,) bool, tokens that are words: no punctuation, line's end or unknown word


def recipe(variant: str, settings: Settings) -> WordRecipe:
    """The network of a variant."""
    vocabulary = read_json(DATA / "vocabulary.json")
    return WordRecipe(
        settings,
        LanguageModel,
        arguments={
            "vocabulary": len(vocabulary),
            "embedding_size": settings.embedding_size,
            "hidden_size": settings.hidden_size,
            "layers": settings.layers,
            "dropout": settings.dropout,
            "cutoffs": settings.cutoffs,
        },
        description={"tokens": "words"},
        assets={"vocabulary.json": vocabulary},
        carried=STAGE.variants[variant]["carried"],
        words=np.array([i >= len(OF_LINES) and any(map(str.isalnum, token)) for i, token in enumerate(vocabulary)]),
    )


class WordLM(Task[WordRecipe]):
    """One seed of a language model of words; its `state` is the one at the end of the batch before."""

    model: LanguageModel

    def __init__(self, recipe: WordRecipe, job: Job) -> None:
        super().__init__(recipe, job)
        self.texts = {
            split: sequences(ragged(read_table(DATA / f"words_{split}.arrow"), "tokens"), self.settings.lines)
            for split in SPLITS
        }
        self.state: State | None = None

    def begin_epoch(self, epoch: int) -> None:
        self.state = None

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        text = self.texts["train"]
        streams = min(self.settings.batch_size, len(text))
        length = len(text) // streams  # sequences in a stream
        return [np.arange(streams) * length + step for step in range(length)]

    def loss(self, batch: Batch) -> Loss:
        features, targets, after = read_batch(self.model, self.texts["train"], batch, self.state, self.job)
        self.state = after if self.recipe.carried else None
        return Loss(self.model.nats(features, targets).sum(), len(targets), len(targets))

    def validate(self) -> dict[str, float]:
        nats, right = score_sequences(self.model, self.texts["validation"], self.recipe.carried, self.job)
        return {"loss": float(nats.mean()), "accuracy": float(right.mean())}

    def test(self) -> Tested:
        text, words = self.texts["test"], self.recipe.words
        with self.job.inference():
            nats, right = score_sequences(self.model, text, self.recipe.carried, self.job)
        predictions = sum_rows(nats, right, text.offsets[:-1])
        found: dict[str, Any] = totals(predictions)
        found["perplexity"] = perplexity_of(found["nats"])
        for name, chosen in {"line_end": text.values == END, "word": words[text.values]}.items():
            found |= {f"{name}_share": float(chosen.mean()), f"{name}_accuracy": float(right[chosen].mean())}
        found["word_perplexity"] = perplexity_of(float(nats[words[text.values]].mean()))
        return Tested(found, predictions)


def sequences(lines: Ragged, together: int) -> Ragged:
    """End each line with <eos> and put so many consecutive ones into a sequence."""
    values = np.insert(lines.values, lines.offsets[1:], END)
    ends = lines.offsets[1:] + np.arange(1, len(lines) + 1)
    chosen = ends[together - 1 :: together]
    if len(lines) % together:
        chosen = np.append(chosen, ends[-1])  # the last sequence has fewer
    return Ragged(values, np.append(0, chosen))


def read_batch(
    model: LanguageModel, text: Ragged, batch: Batch, state: State | None, job: Job
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


def score_sequences(model: LanguageModel, text: Ragged, carried: bool, job: Job) -> tuple[np.ndarray, np.ndarray]:
    """Predict every word of a text, its lines' ends included, in order.

    Args:
        carried: the state goes through the whole text (so one sequence after another); else each begins from zero.

    Returns:
        nats (words,) float64, and whether the most probable word was right (words,) bool.
    """
    parts = []
    state: State | None = None
    size = 1 if carried else 64
    for start in range(0, len(text), size):
        batch = np.arange(start, min(start + size, len(text)))
        features, _, after = read_batch(model, text, batch, state, job)
        state = after if carried else None
        parts.append(features)
    targets = torch.from_numpy(text.values.astype(np.int64)).to(job.device)
    nats, right = [], []
    for features, truth in zip(torch.cat(parts).split(2048), targets.split(2048), strict=True):
        nats.append(model.nats(features, truth).double().cpu().numpy())
        right.append((model.guesses(features) == truth).cpu().numpy())
    return np.concatenate(nats), np.concatenate(right)


if __name__ == "__main__":
    main(STAGE, recipe, WordLM)
