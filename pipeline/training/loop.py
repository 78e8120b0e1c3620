"""The training loop: epochs, schedule, clipping, validation, early stopping, and resuming."""

import json
import math
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared.batching import Batch
from pipeline.training import checkpoint
from pipeline.training.device import clock_of
from pipeline.training.task import Fit, Task

WARM_UP = 0.1  # share of the steps in which the learning rate climbs


def schedule(step: int, steps: int) -> float:
    """Share of the peak learning rate: linear warm-up, then half a cosine to zero (Loshchilov & Hutter 2017)."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def fit(task: Task[Any]) -> Fit:
    """Train the task's model in place and leave it with the weights of its best epoch.

    Every epoch seeds its own random numbers from (seed, epoch) and ends with a checkpoint, so that a run that was
    stopped anywhere goes on from its last whole epoch and ends with the same weights as one that was not.

    Raises:
        PipelineError: a loss or metric is no longer a finite number.
    """
    model, settings, job, metric = task.model, task.settings, task.job, task.decides
    parameters = list(model.parameters())  # a frozen one has no gradient: nothing below touches it
    optimizer = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)
    done = Fit(history=[], best_epoch=0, seconds=[], tokens=[])
    clock = clock_of(job.device)
    best: dict[str, Tensor] = {}
    file = job.directory / "checkpoint.safetensors"
    if (saved := checkpoint.load(file)) is not None:
        best = checkpoint.unpack(saved[0], model, optimizer)
        done = Fit(**saved[1])

    while len(done.history) < settings.epochs and len(done.history) - done.best_epoch < settings.patience:
        epoch = len(done.history) + 1
        started = clock()
        torch.manual_seed(job.seed * 1_000_003 + epoch)
        task.begin_epoch(epoch)
        plan = task.batches(np.random.default_rng([job.seed, epoch]))
        total, norms = torch.zeros((), device=job.device), torch.zeros((), device=job.device)
        terms, tokens = 0, 0
        model.train()
        for step, batch in enumerate(_watched(plan, f"seed {job.seed} epoch {epoch}/{settings.epochs}")):
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * schedule(
                    (epoch - 1) * len(plan) + step, settings.epochs * len(plan)
                )
            optimizer.zero_grad(set_to_none=True)
            with job.autocast():
                loss = task.loss(batch)
            (loss.summed / loss.terms).backward()
            norms = norms + nn.utils.clip_grad_norm_(parameters, settings.clip_norm)  # as it was before clipping
            optimizer.step()
            total, terms, tokens = total + loss.summed.detach(), terms + loss.terms, tokens + loss.tokens
        train_loss, norm = float(total) / terms, float(norms) / len(plan)  # on a GPU, this waits for it
        done.seconds.append(clock() - started)
        done.tokens.append(tokens)
        model.eval()
        with job.inference():
            scores = task.validate()
        row = {"epoch": epoch, "train_loss": train_loss}
        row |= {f"validation_{name}": value for name, value in scores.items()}
        row["gradient_norm"] = norm
        row["learning_rate"] = optimizer.param_groups[0]["lr"]
        _check(row, job.seed)
        done.history.append(row)
        if done.best_epoch == 0 or _better(metric, scores[metric], done.history[done.best_epoch - 1]):
            done.best_epoch = epoch
            best = {name: value.detach().clone() for name, value in model.state_dict().items()}
        checkpoint.save(file, checkpoint.pack(model, best, optimizer), vars(done))
        _report(done, job.seed, settings.epochs, metric, job.directory)
    model.load_state_dict(best)
    model.eval()
    return done


def _better(metric: str, score: float, best: dict[str, float]) -> bool:
    """Whether a validation score beats that of the best epoch so far: less of a loss, more of anything else."""
    before = best[f"validation_{metric}"]
    return score < before if metric == "loss" else score > before


def _check(row: dict[str, float], seed: int) -> None:
    if not all(math.isfinite(value) for value in row.values()):
        raise PipelineError(
            f"seed {seed}, epoch {row['epoch']}: training diverged ({row}); "
            "lower learning_rate or clip_norm in params.yaml"
        )


def _watched(batches: list[Batch], label: str) -> Iterable[Batch]:
    return tqdm(batches, label, leave=False, disable=None, unit="batch", dynamic_ncols=True)


def _report(done: Fit, seed: int, epochs: int, metric: str, directory: Path) -> None:
    """One line for people and one for whoever follows `progress.jsonl`."""
    row = done.history[-1]
    rate = done.tokens[-1] / done.seconds[-1]
    line = (
        f"seed {seed}  epoch {row['epoch']}/{epochs}  loss {row['train_loss']:.4f}  validation {metric} "
        f"{row[f'validation_{metric}']:.4f}  {rate:,.0f} tokens/s  {done.seconds[-1]:.1f} s\n"
    )
    tqdm.write(line, end="")  # written at once, for other seeds write to the same file
    sys.stdout.flush()
    with (directory / "progress.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({**row, "tokens_per_second": rate, "wall_time": time.time()}) + "\n")
