"""A 95% interval holds the truth in 93% of cases or more, whichever noise there is and however few the seeds.

What is simulated is a score of test examples that are more or less difficult, for networks that learnt more or less
well. An example may be difficult for one of the two systems in particular, or for the network of a single seed.
"""

import numpy as np
import pytest

from pipeline.scoring.differences import difference

TRIALS, EXAMPLES = 1000, 60
TRUE = 0.3  # a's mean score minus b's
NOISE = {  # standard deviations: between seeds; of an example for a system; of an example for a seed
    "seeds": (1.0, 0.5, 0.5),
    "examples": (0.0, 8.0, 1.0),
    "single errors": (0.0, 0.5, 8.0),
    "mixed": (0.5, 4.0, 4.0),
}


def covered(
    seeds: int, between: float, of_example: float, of_error: float, alike: float = 0.0, steady: float = 1.0
) -> float:
    """In what share of trials the interval holds TRUE.

    Args:
        alike: correlation of the two systems' seeds.
        steady: b's noise between seeds and in single errors, as a share of a's; at 0 all its seeds are equal.
    """
    random, held = np.random.default_rng(7), 0
    for _ in range(TRIALS):
        runs = random.normal(size=(2, seeds, 1))
        runs[1] = alike * runs[0] + (1 - alike**2) ** 0.5 * runs[1]
        errors = random.normal(size=(2, seeds, EXAMPLES))
        noise = between * runs + of_error * errors
        noise[1] *= steady
        difficulty = 3 * random.normal(size=EXAMPLES) + of_example * random.normal(size=(2, 1, EXAMPLES))
        scores = noise + difficulty + np.array([TRUE, 0.0])[:, None, None]
        a, b = np.stack([np.rint(1000 * scores), np.full_like(scores, 1000)], axis=-1).astype(np.int64)
        found = difference(a, b, lambda sums: sums[..., 0] / sums[..., 1])
        held += found.low <= TRUE <= found.high
    return held / TRIALS


@pytest.mark.parametrize("seeds", [1, 3, 5, 10])
@pytest.mark.parametrize("noise", NOISE)
def test_an_interval_holds_the_truth(noise: str, seeds: int) -> None:
    between, *of_examples = NOISE[noise]
    share = covered(seeds, between if seeds > 1 else 0.0, *of_examples)  # one seed says nothing about another
    assert 0.93 <= share <= 0.995


@pytest.mark.parametrize("noise", NOISE)
def test_an_interval_holds_the_truth_if_all_seeds_of_one_system_are_equal(noise: str) -> None:
    assert 0.93 <= covered(3, *NOISE[noise], steady=0.0) <= 0.995


@pytest.mark.parametrize("noise", NOISE)
def test_an_interval_holds_the_truth_if_one_system_varies_less(noise: str) -> None:
    assert 0.93 <= covered(3, *NOISE[noise], steady=0.3) <= 0.995


@pytest.mark.parametrize("noise", NOISE)
def test_an_interval_holds_the_truth_if_good_seeds_are_good_for_both(noise: str) -> None:
    assert covered(3, *NOISE[noise], alike=0.6) >= 0.93


def test_an_interval_holds_the_truth_about_shares_of_right_answers() -> None:
    """Accuracies near 90% on 400 examples; an example is right if the network's skill exceeds its difficulty."""
    random, deltas, intervals = np.random.default_rng(3), [], []
    for _ in range(400):
        skill = np.array([1.5, 1.3])[:, None, None] + 0.1 * random.normal(size=(2, 3, 1))
        difficulty = 0.8 * random.normal(size=400) + 0.6 * random.normal(size=(2, 3, 400))
        right = (skill > difficulty).astype(np.int64)
        a, b = np.stack([right, np.ones_like(right)], axis=-1)
        found = difference(a, b, lambda sums: sums[..., 0] / sums[..., 1])
        deltas.append(found.delta)
        intervals.append((found.low, found.high))
    truth = np.mean(deltas)
    assert np.mean([low <= truth <= high for low, high in intervals]) >= 0.93
