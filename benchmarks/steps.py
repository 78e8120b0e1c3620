"""Training steps of three exercises at their default parameters: tokens per second, and where the time goes.

The exercise's own task is trained by the pipeline's own loop, on the first batches of an epoch. Functions on the way
are wrapped with a clock; time counts for the innermost one that it is spent in. On a CPU that is exact to the
microseconds that a wrapper takes, because nothing runs asynchronously. What the backward pass takes is one figure.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import nn

from benchmarks.measure import ROOT, Result, interleaved, medians
from pipeline.core.params import PARAMS, section
from pipeline.exercises.char_lm import train as char_lm
from pipeline.exercises.tagging import train as tagging
from pipeline.exercises.translation import train as translation
from pipeline.models import seq2seq
from pipeline.training.device import clock_of, resolve_precision
from pipeline.training.task import Job, Task

STEPS, REPEATS = 40, 5  # batches that are timed, and how often

Part = tuple[Any, str, str]  # an object, the name of a function of it, the part that it is of a step


class Clock:
    """Seconds per part; time in a part that runs inside another counts for the inner one alone."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self.seconds: dict[str, float] = defaultdict(float)
        self._parts: list[str] = []
        self._since = 0.0

    def _charge(self) -> None:
        now = self._now()
        if self._parts:
            self.seconds[self._parts[-1]] += now - self._since
        self._since = now

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        self._charge()
        self._parts.append(name)
        try:
            yield
        finally:
            self._charge()
            self._parts.pop()

    def wrap(self, function: Callable, name: str) -> Callable:
        def timed(*arguments: Any, **named: Any) -> Any:
            with self.part(name):
                return function(*arguments, **named)

        return timed


def translation_step() -> Iterator[Result]:
    """Per kind of attention; `decoder` is its recurrence and readout."""

    def parts(model: Any) -> list[Part]:
        attention = [(seq2seq, "attend", "attention")]
        if model.attention is not None:
            attention += [(model.attention, "forward", "attention"), (model.attention, "project", "attention")]
        return [
            (translation, "pad", "batching"),
            (model.source, "forward", "embedding"),
            (model.target, "forward", "embedding"),
            (model, "encode", "encoder"),
            (model, "decode", "decoder"),
            *attention,
            (model, "logits", "output"),
            (translation, "cross_entropy", "softmax loss"),
        ]

    for attention in translation.STAGE.variants:
        yield step(f"translation_step/{attention}", translation, translation.Translation, attention, parts)


def char_lm_step() -> Iterator[Result]:
    """Of the networks, per window and hidden size."""

    def parts(model: Any) -> list[Part]:
        return [
            (model.embedding, "forward", "embedding"),
            (model.recurrent, "forward", "recurrent"),
            (model, "nats", "output and softmax loss"),
        ]

    for variant in (name for name, chosen in char_lm.STAGE.variants.items() if "window" in chosen):
        yield step(f"char_lm_step/{variant}", char_lm, char_lm.CharLM, variant, parts)


def tagging_step() -> Iterator[Result]:
    """In one direction, in both, and with characters and a CRF."""

    def parts(model: Any) -> list[Part]:
        return [
            (tagging, "pad", "batching"),
            (model.words, "forward", "embedding"),
            (model.cases, "forward", "embedding"),
            *([] if model.spelling is None else [(model.spelling, "forward", "characters")]),
            (model.recurrent, "forward", "recurrent"),
            (model.output, "forward", "output"),
            (model, "loss", "softmax loss" if model.crf is None else "CRF loss"),
        ]

    for variant in ("uni", "bi", "bi_characters_crf"):
        yield step(f"tagging_step/{variant}", tagging, tagging.Tagging, variant, parts)


def step(
    key: str, exercise: ModuleType, task: type[Task[Any]], variant: str, parts: Callable[[Any], list[Part]]
) -> Result:
    """Tokens per second of a variant's training, the median; and every part's share of the time of all repeats."""
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)  # as the pipeline trains a seed
    precision = resolve_precision("auto", torch.device("cpu"))
    stage = exercise.STAGE
    recipe = exercise.recipe(variant, section(stage.name, stage.settings, ROOT / PARAMS))
    clocks: list[Clock] = []

    def rate() -> float:
        with TemporaryDirectory() as folder:
            torch.manual_seed(1)
            clock, tokens = first_batches(task(recipe, Job(1, Path(folder), torch.device("cpu"), precision)), parts)
        clocks.append(clock)
        return tokens / sum(clock.seconds.values())

    rate()  # warms up
    found = medians(taken := interleaved({"tokens_per_s": rate}, REPEATS, budget=20))
    spent: dict[str, float] = defaultdict(float)
    for clock in clocks[1:]:
        for part, seconds in clock.seconds.items():
            spent[part] += seconds
    shares = {f"share_of_{part.replace(' ', '_')}": seconds / sum(spent.values()) for part, seconds in spent.items()}
    found |= dict(sorted(shares.items(), key=lambda item: -item[1]))
    note = f"{precision}, one thread, the first {STEPS} batches of an epoch"
    return Result(key, found["tokens_per_s"], "tokens/s", found, len(taken["tokens_per_s"]), note=note)


def first_batches(task: Task[Any], parts: Callable[[Any], list[Part]]) -> tuple[Clock, int]:
    """Train a new task on the first batches of an epoch; where the time went, and the tokens."""
    clock = Clock(clock_of(task.job.device))  # the loop's, for `rest`
    plan = task.batches(np.random.default_rng(1))[:STEPS]
    everything = [
        (task.model, "forward", "other layers"),
        *parts(task.model),
        (torch.Tensor, "backward", "backward"),
        (nn.utils, "clip_grad_norm_", "clipping"),
        (torch.optim.AdamW, "step", "optimiser"),
    ]
    with ExitStack() as stack:
        for owner, name, part in everything:
            stack.enter_context(patch.object(owner, name, clock.wrap(getattr(owner, name), part)))
        stack.enter_context(one_epoch(task, lambda generator: plan))
        fit = task.train()
    clock.seconds["rest"] = fit.seconds[0] - sum(clock.seconds.values())
    return clock, fit.tokens[0]


@contextmanager
def one_epoch(task: Task[Any], batches: Callable[[np.random.Generator], list[Any]]) -> Iterator[None]:
    """Let a task train one epoch, on these batches, without validation."""
    with (
        patch.object(task, "batches", batches),
        patch.object(task, "validate", lambda: {"loss": 0.0, task.decides: 0.0}),
        patch.object(task, "settings", task.settings.model_copy(update={"epochs": 1})),
    ):
        yield
