"""What training an exercise consists of: a recipe for a variant, and a task of named steps for each of its seeds."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from pipeline.core.params import Training
from pipeline.corpora.prepared.batching import Batch
from pipeline.training.device import clock_of


class Loss(NamedTuple):
    """The loss of a batch."""

    summed: Tensor  # (), over the batch's terms
    terms: int
    tokens: int  # that were read


@dataclass(frozen=True)
class Job:
    """One seed's run: what is random in it, where it computes, where its checkpoint lives."""

    seed: int
    directory: Path  # for `checkpoint.safetensors` and `progress.jsonl` (a line per epoch, for those who watch)
    device: torch.device
    precision: str  # fp32, bf16 (by autocast), or fp64 (of a float64 model)

    def autocast(self) -> AbstractContextManager:
        """In bf16: matrix products, recurrent states and logits; weights, sums and losses stay fp32."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "bf16")

    @contextmanager
    def inference(self) -> Iterator[None]:
        """Without gradients, in the job's precision."""
        with torch.inference_mode(), self.autocast():
            yield


@dataclass
class Fit:
    """What training did."""

    history: list[dict[str, float]]  # one row per epoch
    best_epoch: int
    seconds: list[float]  # of training, per epoch, without validation; see `device.clock_of`
    tokens: list[int]  # per epoch

    @property
    def tokens_per_second(self) -> float:
        return sum(self.tokens) / sum(self.seconds)


@dataclass(frozen=True)
class Recipe:
    """What the seeds of a variant share, made once before they train. Exercises add fields of their own.

    `model.json` holds the network's class, its arguments and the description: they rebuild the model.
    """

    settings: Training  # as the variant has them
    network: type[nn.Module]
    arguments: dict[str, Any]  # of the network
    description: dict[str, Any] = field(default_factory=dict)
    assets: dict[str, Any] = field(default_factory=dict)  # file name -> JSON beside the model, such as vocabularies
    notes: dict[str, Any] | None = None  # stored with the predictions, as their Parquet schema's metadata
    corpora: tuple[str, ...] | None = None  # those that this variant reads, if not all of the exercise's
    precision: str | None = None  # for a variant with one of its own, whatever params.yaml says


@dataclass(frozen=True)
class Tested:
    """What one seed's model does on the test split."""

    scores: dict[str, Any]
    predictions: dict[str, Any]  # column -> one value per test example
    extra: Any = None  # see `Stage.extra`


R = TypeVar("R", bound=Recipe)


class Task(Generic[R]):
    """One seed of a variant: its data, its model, and the steps of training and testing it.

    The loop (`loop.fit`) calls `begin_epoch`, `batches`, `loss` and `validate` in this order, epoch by epoch.

    Args:
        recipe: of the variant.
        job: seed, device, precision, and where the checkpoint lives.
    """

    decides = "loss"  # the validation metric that decides which epoch is best: the least `loss`, or the most of another

    def __init__(self, recipe: R, job: Job) -> None:
        self.recipe, self.job = recipe, job
        self.settings: Any = recipe.settings
        self.model: Any = self.build().to(job.device)

    def build(self) -> nn.Module:
        """The network before training; its weights are drawn from the seed."""
        return self.recipe.network(**self.recipe.arguments)

    def begin_epoch(self, epoch: int) -> None:
        """What changes during training; it may depend on the number of the epoch alone, which counts from 1."""

    def batches(self, generator: np.random.Generator) -> list[Batch]:
        """The epoch's batches, drawn with `generator`."""
        raise NotImplementedError

    def loss(self, batch: Batch) -> Loss:
        """The loss of a batch of the training split."""
        raise NotImplementedError

    def validate(self) -> dict[str, float]:
        """`loss` and the task's metrics on the validation split."""
        raise NotImplementedError

    def train(self) -> Fit:
        """Train the model in place; see `loop.fit`."""
        from pipeline.training.loop import fit

        return fit(self)

    def fit_at_once(self, fit: Callable[[], float], tokens: int) -> Fit:
        """Train a model without epochs, such as a linear baseline: `fit` does it and returns the training loss."""
        clock = clock_of(self.job.device)
        started = clock()
        loss = fit()
        seconds = clock() - started
        self.model.eval()
        with self.job.inference():
            scores = self.validate()
        row = {"epoch": 1, "train_loss": loss, **{f"validation_{name}": value for name, value in scores.items()}}
        return Fit([row], best_epoch=1, seconds=[seconds], tokens=[tokens])

    def test(self) -> Tested:
        """Scores and predictions on the test split."""
        raise NotImplementedError
