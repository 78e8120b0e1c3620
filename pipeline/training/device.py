"""Where and how precisely to compute, and by which clock to time it."""

import os
import time
from collections.abc import Callable

import torch


def pick_device() -> torch.device:
    """CUDA if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def resolve_precision(precision: str, device: torch.device) -> str:
    """`auto` becomes `bf16` where the hardware multiplies bf16 matrices, else `fp32`."""
    if precision != "auto":
        return precision
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    return "bf16" if torch.cpu._is_avx512_bf16_supported() else "fp32"


def clock_of(device: torch.device) -> Callable[[], float]:
    """The clock, in seconds, that times a training.

    On a CPU each seed trains in a process of its own, on one thread. Its processor time does not grow with the time
    that other processes take. A GPU computes while the process waits, so there the clock is the wall's.
    """
    return time.perf_counter if device.type == "cuda" else time.process_time


def cores() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
