"""Exercise 0, the sheet's own example: is the sum of a sequence of digits odd?

    python -m pipeline.exercises.parity.train {rnn,gru,lstm,bilstm,no_curriculum,sheet_script}

Parity is a regular language: an automaton with two states decides it at any length. A network that has learnt the
automaton from at most ten digits, and not merely its training examples, is right at 500 digits too.

`bilstm`, `no_curriculum` and `sheet_script` are the sheet's network. The first trains as all others do, the second on
all lengths from the beginning, the third as the sheet's script trains it: on twenty batches.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from pipeline.corpora.prepared.batching import Batch, bucketed, ordered, pad
from pipeline.corpora.prepared.tables import PREPARED, Ragged, flat, ragged, read_table
from pipeline.exercises.parity.stage import LENGTHS, SCRIPT, SHORT, STAGE, Settings
from pipeline.models.classifier import Classifier
from pipeline.training.run import main
from pipeline.training.task import Fit, Job, Loss, Recipe, Task, Tested

DATA = PREPARED / "parity"
FAR = f"validation_{LENGTHS[-1]}"


@dataclass(frozen=True)
class ParityRecipe(Recipe):
    as_torch_draws: bool = False  # the first weights, forget gates included, as the sheet's network has them
    curriculum: bool = True
    script: bool = False  # whether it trains as the sheet's script does


def recipe(variant: str, settings: Settings) -> ParityRecipe:
    """The network of a variant."""
    chosen = STAGE.variants[variant]
    script = chosen.get("script", False)
    return ParityRecipe(
        settings,
        Classifier,
        arguments={
            "vocabulary": 11,  # padding and ten digits
            "classes": 2,
            "embedding_size": chosen.get("embedding_size", settings.embedding_size),
            "hidden_size": chosen.get("hidden_size", settings.hidden_size),
            **{key: chosen[key] for key in ("cell", "layers", "bidirectional")},
            "pooling": "last",
            "dropout": 0.0 if script else settings.dropout,
        },
        precision="fp32" if script else None,
        as_torch_draws=chosen.get("as_torch_draws", False),
        curriculum=chosen.get("curriculum", True),
        script=script,
    )


class Parity(Task[ParityRecipe]):
    """One seed of a network that reads sequences of 1 to 10 digits, tested on those and on longer ones.

    Accuracy is soon 1: the loss, which decides the best epoch, still tells whose states are the most distinct.
    """

    model: Classifier

    def __init__(self, recipe: ParityRecipe, job: Job) -> None:
        super().__init__(recipe, job)
        splits = ("train", "validation", FAR, *(f"test_{length}" for length in LENGTHS))
        tables = {split: read_table(DATA / f"{split}.arrow") for split in splits}
        self.labels = {split: flat(table, "label").astype(np.int64) for split, table in tables.items()}
        digits = {split: ragged(table, "digits") for split, table in tables.items()}
        self.tokens = {split: Ragged(rows.values + 1, rows.offsets) for split, rows in digits.items()}  # 0 is padding
        self.longest = SHORT  # digits of this epoch's training sequences

    def build(self) -> nn.Module:
        network = super().build()
        if self.recipe.as_torch_draws:
            nn.LSTM.reset_parameters(network.get_submodule("recurrent"))  # type: ignore[arg-type]
        return network

    def begin_epoch(self, epoch: int) -> None:
        """Short sequences first, a curriculum (Bengio et al. 2009)."""
        self.longest = max(SHORT, epoch) if self.recipe.curriculum else LENGTHS[0]

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        lengths = self.tokens["train"].lengths
        few = np.flatnonzero(lengths <= max(self.longest, lengths.min()))
        drawn = generator.choice(few, self.settings.epoch_size)  # the shortest are rare, and come often
        return [drawn[batch] for batch in bucketed(lengths[drawn], self.settings.batch_size, generator)]

    def loss(self, batch: Batch) -> Loss:
        target = torch.from_numpy(self.labels["train"][batch]).to(self.job.device)
        summed = cross_entropy(self.logits_of("train", batch), target, reduction="sum")
        return Loss(summed, len(batch), int(self.tokens["train"].lengths[batch].sum()))

    def logits_of(self, split: str, batch: Batch) -> Tensor:
        """(batch, 2) float32."""
        padded, length = pad(self.tokens[split], batch)
        return self.model(padded.to(self.job.device), length.to(self.job.device))[0].float()

    def predict(self, split: str) -> tuple[float, np.ndarray]:
        """Mean cross-entropy, and the predicted classes in the order of the split."""
        labels = self.labels[split]
        logits = torch.empty(len(labels), 2)
        for batch in ordered(self.tokens[split].lengths, 250):
            logits[batch] = self.logits_of(split, batch).cpu()
        return cross_entropy(logits, torch.from_numpy(labels)).item(), logits.argmax(1).numpy()

    def validate(self) -> dict[str, float]:
        """The loss and accuracy at the lengths of training, and the accuracy at the greatest length."""
        (mean, guesses), (_, far) = self.predict("validation"), self.predict(FAR)
        return {
            "loss": mean,
            "accuracy": float((guesses == self.labels["validation"]).mean()),
            f"accuracy_{LENGTHS[-1]}": float((far == self.labels[FAR]).mean()),
        }

    def train(self) -> Fit:
        if not self.recipe.script:
            return super().train()
        digits = SCRIPT["batches"] * SCRIPT["batch_size"] * (1 + LENGTHS[0]) // 2  # on average
        return self.fit_at_once(self.run_script, digits)

    def run_script(self) -> float:
        """The sheet's loop: batches drawn anew, Adam at one rate, the last weights kept. Returns the mean loss."""
        draw = np.random.default_rng(self.job.seed)
        optimizer = torch.optim.Adam(self.model.parameters(), lr=SCRIPT["learning_rate"])
        losses = []
        self.model.train()
        for _ in range(SCRIPT["batches"]):
            lengths = draw.integers(1, LENGTHS[0] + 1, SCRIPT["batch_size"])
            digits = Ragged.of(draw.integers(0, 10, lengths.sum()), lengths)
            odd = torch.from_numpy(np.add.reduceat(digits.values, digits.offsets[:-1]) % 2)
            tokens, steps = pad(Ragged(digits.values + 1, digits.offsets), np.arange(len(lengths)))
            optimizer.zero_grad()
            logits, _ = self.model(tokens.to(self.job.device), steps.to(self.job.device))
            loss = cross_entropy(logits, odd.to(self.job.device))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    def test(self) -> Tested:
        scores: dict[str, float] = {}
        guesses = {}
        with self.job.inference():
            for length in LENGTHS:
                split = f"test_{length}"
                mean, guesses[length] = self.predict(split)
                scores[f"accuracy_{length}"] = float((guesses[length] == self.labels[split]).mean())
                scores[f"loss_{length}"] = mean
        predictions = {
            "length": np.repeat(np.array(LENGTHS, np.int32), [len(guesses[length]) for length in LENGTHS]),
            "label": np.concatenate([self.labels[f"test_{length}"] for length in LENGTHS]).astype(np.int8),
            "prediction": np.concatenate([guesses[length] for length in LENGTHS]).astype(np.int8),
        }
        return Tested(scores, predictions)


if __name__ == "__main__":
    main(STAGE, recipe, Parity)
