"""Exercise 7: predict the next word, in batches of different lengths. Is the state worth carrying between batches?

    python -m pipeline.exercises.word_lm.train {carried,reset}

The text is cut into streams of consecutive lines. A batch is the next few lines of every stream, padded, and each
sequence's state is the one at its own end; `carried` starts the next batch from it, `reset` from zero. The few lines
that fill no whole batch at the end of the training text are left out.
"""

import sys
from functools import partial

import numpy as np
import torch

from pipeline.core.errors import run_stage
from pipeline.core.files import read_json
from pipeline.core.params import WordLM, load
from pipeline.corpora.prepared.batching import Batch, pad
from pipeline.corpora.prepared.tables import PREPARED, SPLITS, Ragged, ragged, read_table
from pipeline.layers.recurrent import length_mask
from pipeline.models.language_model import LanguageModel, State
from pipeline.scoring.next_token import perplexity_of, sum_rows, totals
from pipeline.training.loop import Job, fit
from pipeline.training.variant import Outcome, pick, run_variant

DATA = PREPARED / "shakespeare"
END = 2  # the id of <eos>: it ends each line, and so it comes before each sequence's first word
SPECIALS = 3  # ids of <pad>, <unk> and <eos>


def main() -> None:
    params = load()
    variant = pick(sys.argv, ("carried", "reset"))
    settings = params.word_lm
    vocabulary = read_json(DATA / "vocabulary.json")
    arguments = {
        "vocabulary": len(vocabulary),
        "embedding_size": settings.embedding_size,
        "hidden_size": settings.hidden_size,
        "layers": settings.layers,
        "dropout": settings.dropout,
        "cutoffs": settings.cutoffs,
    }
    run_variant(
        "word_lm",
        variant,
        metric="nats",
        params=params,
        corpora=["shakespeare"],
        train=partial(
            train_words,
            settings=settings,
            arguments=arguments,
            carried=variant == "carried",
            words=np.array([i >= SPECIALS and any(map(str.isalnum, token)) for i, token in enumerate(vocabulary)]),
        ),
        description={"class": "LanguageModel", "tokens": "words", "arguments": arguments},
        assets={"vocabulary.json": vocabulary},
    )


def train_words(job: Job, settings: WordLM, arguments: dict, carried: bool, words: np.ndarray) -> Outcome:
    """Train one seed and test it on the whole test text.

    Args:
        words: (vocabulary,) bool, which tokens are words: no punctuation, no end of a line, not the unknown word.
    """
    texts = {
        split: sequences(ragged(read_table(DATA / f"words_{split}.arrow"), "tokens"), settings.lines)
        for split in SPLITS
    }
    model = LanguageModel(**arguments).to(job.device)
    streams = min(settings.batch_size, len(texts["train"]))
    length = len(texts["train"]) // streams  # sequences in a stream
    state: State | None = None

    def forget(epoch: int) -> None:
        nonlocal state
        state = None

    def loss(batch: Batch) -> tuple[torch.Tensor, int, int]:
        nonlocal state
        features, targets, after = read_batch(model, texts["train"], batch, state, job)
        state = after if carried else None
        return model.nats(features, targets).sum(), len(targets), len(targets)

    def validate() -> dict[str, float]:
        nats, right = score_sequences(model, texts["validation"], carried, job)
        return {"loss": float(nats.mean()), "accuracy": float(right.mean())}

    fitted = fit(
        model,
        # Row r of a batch goes on where row r of the batch before it stopped.
        lambda _: [np.arange(streams) * length + step for step in range(length)],
        loss,
        validate,
        settings,
        "loss",
        job,
        forget,
    )
    with torch.inference_mode(), job.autocast():
        nats, right = score_sequences(model, texts["test"], carried, job)
    predictions = sum_rows(nats, right, texts["test"].offsets[:-1])
    test = totals(predictions)
    test["perplexity"] = perplexity_of(test["nats"])
    targets = texts["test"].values
    for name, chosen in {"line_end": targets == END, "word": words[targets]}.items():
        test |= {f"{name}_share": float(chosen.mean()), f"{name}_accuracy": float(right[chosen].mean())}
    test["word_perplexity"] = perplexity_of(float(nats[words[targets]].mean()))
    return Outcome(fitted, model, test, predictions)


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
) -> tuple[torch.Tensor, torch.Tensor, State]:
    """Read the sequences of a batch.

    Returns:
        features (words, hidden) before each real word, sequence after sequence, the words (words,), and the state at
        each sequence's own end.
    """
    targets, lengths = (tensor.to(job.device) for tensor in pad(text, batch))
    # read:     <eos>  the  dog
    # predict:  the    dog  <eos>
    read = torch.nn.functional.pad(targets[:, :-1], (1, 0), value=END)
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
    run_stage(main)
