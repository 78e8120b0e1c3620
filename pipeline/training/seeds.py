"""The seeds of a variant, trained side by side in processes of their own."""

import multiprocessing
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pipeline.core.errors import PipelineError
from pipeline.core.parent import end_with
from pipeline.training.device import clock_of
from pipeline.training.task import Fit, Job, Recipe, Task, Tested


@dataclass(frozen=True)
class Outcome:
    """What one seed's training gives back to the process that waits for it."""

    seed: int
    fit: Fit
    tested: Tested
    parameters: int
    seconds: float  # of all that it did in this attempt, by the device's clock
    state: dict[str, np.ndarray]  # weights: tensors would travel through shared memory, of which containers have little


@contextmanager
def training(
    task: type[Task[Any]], recipe: Recipe, jobs: Sequence[Job], side_by_side: int
) -> Iterator[Callable[[], list[Outcome]]]:
    """Train the seeds in processes of their own, or, if `side_by_side` is 0, in this one.

    Gives a function that waits for the outcomes. The other processes train from now on. Meanwhile this one opens the
    MLflow runs and follows the training; in a process that trains, the threads for that would count as its time.
    On Linux the others are forks of this one, so they need not import again what it has. When they start, it runs no
    threads but those of the pools of torch and Arrow, which are idle.

    Raises:
        PipelineError: when waiting: training diverged, memory is short, or the system ended a process.
    """
    if side_by_side == 0:
        yield lambda: [train_seed(task, recipe, job) for job in jobs]
        return
    import torch._dynamo  # noqa: F401  (a second that the optimizer would spend in every process)

    with ProcessPoolExecutor(side_by_side, initializer=_begin_worker) as pool:
        outcomes = [pool.submit(train_seed, task, recipe, job) for job in jobs]

        def wait() -> list[Outcome]:
            try:
                return [outcome.result() for outcome in outcomes]
            except BrokenProcessPool:
                raise PipelineError(
                    "the system ended a training process, most likely for lack of memory; "
                    "free some, or lower batch_size, and run `dvc repro` again: it continues"
                ) from None

        try:
            yield wait
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


def train_seed(task: type[Task[Any]], recipe: Recipe, job: Job) -> Outcome:
    """Train and test one seed."""
    torch.set_flush_denormal(True)  # vanishing gradients become denormal numbers, which are many times slower
    torch.set_num_threads(1)
    torch.manual_seed(job.seed)
    clock = clock_of(job.device)
    began = clock()
    try:
        trained = task(recipe, job)
        fit = trained.train()
        tested = trained.test()
    except RuntimeError as error:  # an OutOfMemoryError is one
        if not re.search("out of memory|can't allocate memory|not enough memory|Invalid buffer size", str(error)):
            raise
        raise PipelineError(
            f"seed {job.seed}: memory is short ({str(error).splitlines()[0]}); lower batch_size or hidden_size"
        ) from None
    state = {name: value.cpu().numpy() for name, value in trained.model.state_dict().items()}
    parameters = sum(p.numel() for p in trained.model.parameters())
    return Outcome(job.seed, fit, tested, parameters, clock() - began, state)


def _begin_worker() -> None:
    """A worker ends with its parent: one whose parent was killed must not train on beside the next run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent alone reports it
    parent = multiprocessing.parent_process()
    assert parent is not None and parent.pid is not None
    end_with(parent.pid)
