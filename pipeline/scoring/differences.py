"""How sure a difference between two systems is: over training runs and over test examples.

Another training run, with another seed, would give other scores, and so would other test examples. Both are drawn by
chance, and every seed meets every example, as every reader meets every patient where radiologists are compared. So the
variance of the difference is estimated as it is there (Hillis, "A marginal-mean ANOVA approach for analyzing
multireader multicase radiological imaging data", 2014, for readers who differ between the tests):

    variance = a's seeds + b's seeds + examples

- The seeds' part is the variance of a system's scores over its S seeds, divided by S. The runs of two systems count as
  independent draws, as in Welch's test. Had they something in common, the interval would be a little wider than it
  need be; pairing three seeds would leave two degrees of freedom, and a much wider one.
- The examples' part is the jackknife's variance (Efron & Stein, "The jackknife estimate of variance", 1981) of the
  difference of the mean scores. Test examples that depend on each other are left out together, as a block (Künsch,
  "The jackknife and the bootstrap for general stationary observations", 1989).
- Errors that a single seed makes on single examples are in both parts. They are counted once, in the seeds' part,
  which is at least what they alone amount to: few seeds may come out alike by chance.

The interval is Student's. Of each part the degrees of freedom are known: Welch's of the seeds, and as many as there are
blocks, less one, of the examples. Their inverses are averaged, each weighted by its part of the variance: few degrees
where few seeds decide, many where the examples do. (Satterthwaite's formula squares the weights. With three seeds, and
none on the other side, its 95% interval holds the truth in 92% of cases; this one in 94% or more.) With one seed the
interval speaks of the test examples alone, and says nothing about another training run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

Score = Callable[[np.ndarray], np.ndarray]  # summed statistics (..., k) -> (...)


@dataclass(frozen=True)
class Difference:
    """Score of a minus score of b, in the score's own unit."""

    delta: float
    low: float  # ends of the interval
    high: float
    p: float  # two-sided


def difference(a: np.ndarray, b: np.ndarray, score: Score, block: int = 1, confidence: float = 0.95) -> Difference:
    """Compare two systems on the same examples.

    Args:
        a, b: (seeds, examples, k) integer statistics that add up over examples.
        score: from summed statistics (..., k) to scores (...).
        block: how many consecutive examples depend on each other, at most.
        confidence: of the interval, between 0 and 1.

    Returns:
        The difference of the mean scores over seeds, its interval and its p-value: below 1 - confidence where the
        interval leaves 0 out. Rounded, p to three digits, all else to 6 decimals.

    Raises:
        ValueError: the shapes differ, or there are fewer than two examples.
    """
    if a.shape != b.shape or a.ndim != 3 or not len(a) or a.shape[1] < 2:
        raise ValueError(f"statistics of shapes {a.shape} and {b.shape} cannot be compared")
    if np.array_equal(a, b):  # the same network twice, whatever its seeds scored
        return Difference(0.0, 0.0, 0.0, 1.0)
    return _contrast([a, b], score, block, confidence)


def interval(system: np.ndarray, score: Score, block: int = 1, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of one system's mean score over seeds, by the same method; see `difference`."""
    found = _contrast([system], score, block, confidence)
    return found.low, found.high


def _contrast(systems: Sequence[np.ndarray], score: Score, block: int, confidence: float) -> Difference:
    """The first system's mean score, less the second's if there is one."""
    seeds, examples, _ = systems[0].shape
    blocks = max(2, -(-examples // block))
    scores = [score(system.sum(axis=1)) for system in systems]  # of each (seeds,)
    pulls = [_pulls(system, score, blocks) for system in systems]
    of_examples = float((_less([pull.mean(axis=0) for pull in pulls]) ** 2).sum())
    of_seeds = squares = 0.0
    for values, pull in zip(scores, pulls, strict=True) if seeds > 1 else ():
        spread = float(values.var(ddof=1)) / seeds
        own = float(pull.var(axis=0, ddof=1).sum()) / seeds  # what single seeds get wrong on single examples
        of_examples -= own
        of_seeds += max(spread, own)
        squares += (spread**2 + own**2 / (blocks - 1)) / (seeds - 1)
    of_examples = max(of_examples, 0.0)

    delta, variance = float(_less([values.mean() for values in scores])), of_seeds + of_examples
    if not variance:  # no seed and no example differs from another
        return Difference(round(delta, 6), round(delta, 6), round(delta, 6), float(delta == 0))
    inverse = of_examples / (blocks - 1) + (squares / of_seeds if of_seeds else 0.0)  # of the degrees, x variance
    freedom, deviation = variance / inverse, variance**0.5
    reach = float(stdtrit(freedom, (1 + confidence) / 2)) * deviation
    p = 2 * float(stdtr(freedom, -abs(delta) / deviation))
    low, high = delta - reach, delta + reach
    return Difference(round(delta, 6), round(low, 6), round(high, 6), float(f"{p:.3g}"))


def _less(values: Sequence[np.ndarray]) -> np.ndarray:
    """The first, less the second if there is one."""
    return values[0] - values[1] if len(values) == 2 else values[0]


def _pulls(system: np.ndarray, score: Score, blocks: int) -> np.ndarray:
    """(seeds, blocks) what leaving a block out does to each seed's score; their squares add up to its variance."""
    examples = system.shape[1]
    sums = np.add.reduceat(system, np.arange(blocks) * examples // blocks, axis=1)  # (seeds, blocks, k)
    without = score(sums.sum(axis=1, keepdims=True) - sums)
    return (without - without.mean(axis=1, keepdims=True)) * ((blocks - 1) / blocks) ** 0.5


def holm(p: Sequence[float]) -> list[float]:
    """p-values for all of a family together: Holm, "A simple sequentially rejective multiple test procedure" (1979).

    If those below 5% count as shown, the chance that any of them is a false alarm is at most 5%.
    """
    corrected, largest = [0.0] * len(p), 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        largest = max(largest, min(1.0, (len(p) - rank) * p[place]))
        corrected[place] = float(f"{largest:.3g}")
    return corrected
