"""Paired bootstrap: how sure a difference between two systems is, over test examples and over seeds.

Koehn, "Statistical Significance Tests for Machine Translation Evaluation" (2004); Berg-Kirkpatrick,
Burkett & Klein, "An Empirical Investigation of Statistical Significance in NLP" (2012). Here every
resample draws test examples with replacement, the same ones for both systems and all seeds, and also
draws seeds with replacement, so that the interval covers another test set and another training run. A
difference is a minus b, in the score's own unit; the interval runs between percentiles of the resampled differences.

The interval is a little wide where training hardly varies. Where most of the variation comes from training
and there are only three seeds it is too narrow (a nominal 95% then covers about 75%, see `coverage_of_seeds`): look
at the seeds' own scores beside it. With one seed it says nothing about another training run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

SEED = 2004
CHUNK = 2**22  # weights held at once: 32 MiB
TRIALS, DRAWS = 8000, 1000  # of `coverage_of_seeds`


@dataclass(frozen=True)
class Difference:
    """Score of a minus score of b, in the score's own unit."""

    delta: float
    low: float  # ends of the percentile interval
    high: float
    p: float  # two-sided


def paired_bootstrap(
    a: np.ndarray,
    b: np.ndarray,
    score: Callable[[np.ndarray], np.ndarray],
    samples: int,
    confidence: float = 0.95,
) -> Difference:
    """Compare two systems on the same examples and the same seeds.

    Args:
        a, b: (seeds, examples, k) integer statistics that add up over examples; row s of both systems was
            trained with the same seed.
        score: from summed statistics (..., k) to scores (...).
        samples: how many resamples.
        confidence: of the interval, between 0 and 1.

    Returns:
        The difference of the mean scores over seeds; the interval between the percentiles of the resampled
        differences; p = twice the smaller share of resamples on either side of 0, counting the data
        themselves as one more resample (so it is never 0). Rounded to 6 decimals. The same input gives the same
        result to the last bit: sums of integers are exact in any order.

    Raises:
        ValueError: the shapes differ or are empty.
    """
    if a.shape != b.shape or a.ndim != 3 or not a.size:
        raise ValueError(f"statistics of shapes {a.shape} and {b.shape} cannot be paired")
    seeds, examples, k = a.shape
    random = np.random.default_rng(SEED)
    columns = np.stack([a, b]).transpose(2, 0, 1, 3).reshape(examples, -1).astype(np.float64)

    chunk = max(1, CHUNK // examples)
    sums = np.concatenate(
        [_weights(random, min(chunk, samples - done), examples) @ columns for done in range(0, samples, chunk)]
    )
    scores = score(sums.reshape(samples, 2, seeds, k))  # (samples, 2, seeds)
    gaps = scores[:, 0] - scores[:, 1]  # (samples, seeds)
    drawn = random.integers(seeds, size=(samples, seeds))
    # Rounded, because a difference of 0 may come out as 1e-18 and count for one side.
    deltas = np.take_along_axis(gaps, drawn, axis=1).mean(axis=1).round(12)

    delta = float((score(a.sum(axis=1)) - score(b.sum(axis=1))).mean())
    low, high = np.quantile(deltas, [(1 - confidence) / 2, (1 + confidence) / 2])
    smaller = min(int((deltas <= 0).sum()), int((deltas >= 0).sum()))
    p = min(1.0, 2 * (smaller + 1) / (samples + 1))
    return Difference(*(round(float(value), 6) for value in (delta, low, high, p)))


def _weights(random: np.random.Generator, samples: int, examples: int) -> np.ndarray:
    """(samples, examples) how often each resample draws each example; every row sums to `examples`."""
    draws = random.integers(examples, size=(samples, examples)) + examples * np.arange(samples)[:, None]
    return np.bincount(draws.ravel(), minlength=samples * examples).reshape(samples, examples).astype(np.float64)


@cache
def coverage_of_seeds(seeds: int, confidence: float) -> float:
    """How often an interval of `paired_bootstrap` holds the true difference if only the seeds vary.

    Simulated, with differences between seeds that are normal and test examples that add nothing: the case in which
    few seeds do most harm. With two or three seeds at 95%, the interval goes from the smallest to the largest one.
    """
    random = np.random.default_rng(SEED)
    gaps = random.normal(size=(TRIALS, seeds))
    if seeds**seeds <= DRAWS:  # every resample once
        drawn = np.stack(np.meshgrid(*[np.arange(seeds)] * seeds), axis=-1).reshape(-1, seeds)
    else:
        drawn = random.integers(seeds, size=(DRAWS, seeds))
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    weights = (drawn[:, :, None] == np.arange(seeds)).mean(axis=1)  # (resamples, seeds)
    low, high = np.quantile(gaps @ weights.T, ends, axis=1, method="inverted_cdf")
    return float(((low <= 0) & (high >= 0)).mean())


def outcome(low: float, high: float, falls: bool = False) -> Literal["better", "worse", "none"]:
    """What an interval of the difference says of a against b; `falls`: a lower score is better."""
    if not (low > 0 or high < 0):
        return "none"
    return "better" if (low > 0) != falls else "worse"


def decimals(low: float, high: float, digits: int = 1) -> int:
    """How many decimals to write an interval with: `digits`, or as many as keep an end close to 0 from reading as 0."""
    while digits < 4 and any(end and not round(end, digits) for end in (low, high)):
        digits += 1
    return digits


def deviation(value: float, digits: int) -> str:
    """A standard deviation in words: only 0 reads as 0."""
    return f"< {10.0**-digits:.{digits}f}" if value and not round(value, digits) else f"{value:.{digits}f}"


def verdict(
    a: str,
    b: str,
    difference: Difference,
    unit: str,
    scale: float = 1,
    confidence: float = 0.95,
    falls: bool = False,
    digits: int = 1,
) -> str:
    """The difference in words, such as "bi is better than uni by 5.2 F1 points (95% interval 4.1 to 6.3)".

    Args:
        unit: what the printed numbers are, in the plural.
        scale: from the score's unit to the printed one (100 from a fraction to percentage points).
        falls: a lower score is better.
        digits: decimals of the printed numbers, or more where one would read as 0.
    """
    delta, low, high = (scale * value for value in (difference.delta, difference.low, difference.high))
    digits = decimals(low, high, digits)

    def words(value: float) -> str:
        return f"{value:z.{digits}f}"

    if low == high == 0:
        return f"{a} and {b} do not differ on any test example"
    name = f"{100 * confidence:g}% interval"
    result = outcome(difference.low, difference.high, falls)
    if result != "none":
        if delta < 0:
            delta, low, high = -delta, -high, -low
        return f"{a} is {result} than {b} by {words(delta)} {unit} ({name} {words(low)} to {words(high)})"
    sign = f"{a} minus {b}: " if falls else ""
    return (
        f"no difference shown between {a} and {b} ({sign}{words(delta)} {unit}, {name} {words(low)} to {words(high)})"
    )
