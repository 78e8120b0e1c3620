"""A difference, its interval and its p-value, against oracles and by their properties; see also test_coverage.py."""

import numpy as np
import pytest
import scipy.stats
from statsmodels.stats.multitest import multipletests

from pipeline.scoring.differences import Difference, difference, holm, interval
from pipeline.scoring.verdicts import outcome


def accuracy(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / sums[..., 1]


def system(right: np.ndarray) -> np.ndarray:
    """(seeds, examples) of 0 and 1 -> (seeds, examples, 2)."""
    return np.stack([right.astype(np.int64), np.ones_like(right, dtype=np.int64)], axis=-1)


def draw(seed: int, *shares: float, examples: int = 400) -> np.ndarray:
    """One row a seed, right with the share given."""
    random = np.random.default_rng(seed)
    return system(np.stack([random.random(examples) < share for share in shares]))


def measured(values: np.ndarray) -> np.ndarray:
    """(seeds, examples) of any numbers -> (seeds, examples, 2), in thousandths."""
    return np.stack([np.rint(1000 * values), np.full_like(values, 1000)], axis=-1).astype(np.int64)


def width(found: Difference) -> float:
    return found.high - found.low


def test_a_system_does_not_differ_from_itself() -> None:
    """Neither does a network that was trained twice with the same seeds, however much these differ."""
    a = draw(0, 0.7, 0.8, 0.9)
    assert difference(a, a.copy(), accuracy) == Difference(0.0, 0.0, 0.0, 1.0)


def test_a_clear_difference_excludes_zero_either_way_round() -> None:
    a, b = draw(0, 0.9, 0.9, 0.9), draw(1, 0.7, 0.7, 0.7)
    there, back = difference(a, b, accuracy), difference(b, a, accuracy)
    assert 0.1 < there.low < there.delta < there.high < 0.35
    assert 0 < there.p < 0.01
    assert back == Difference(-there.delta, -there.high, -there.low, there.p)


def test_delta_is_the_difference_of_the_mean_scores_over_seeds() -> None:
    a, b = draw(0, 0.9, 0.8), draw(1, 0.7, 0.75)
    assert difference(a, b, accuracy).delta == pytest.approx(a[..., 0].mean() - b[..., 0].mean(), abs=1e-6)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_p_is_below_the_level_where_the_interval_leaves_zero_out(confidence: float) -> None:
    shown = 0
    for trial in range(60):
        found = difference(draw(trial, 0.86, 0.84), draw(99 + trial, 0.8, 0.81), accuracy, confidence=confidence)
        assert (found.p < 1 - confidence) == (outcome(found.low, found.high) != "none")
        shown += found.p < 1 - confidence
    assert 0 < shown < 60


def root_mean(sums: np.ndarray) -> np.ndarray:
    return np.sqrt(sums[..., 0] / sums[..., 1])


@pytest.mark.parametrize("score", [accuracy, root_mean])
def test_with_one_seed_the_interval_is_that_of_a_bootstrap_over_examples(score) -> None:
    random = np.random.default_rng(0)
    error = random.normal(size=500) ** 2
    a, b = measured(error[None]), measured((1.3 * error + 0.2 * random.normal(size=500) ** 2)[None])
    found = difference(a, b, score)

    def statistic(rows: np.ndarray, axis: int) -> np.ndarray:
        return score(a[0, rows].sum(axis=axis - 1)) - score(b[0, rows].sum(axis=axis - 1))

    oracle = scipy.stats.bootstrap((np.arange(500),), statistic, n_resamples=4000, rng=1)
    low, high = oracle.confidence_interval
    assert found.low == pytest.approx(low, abs=0.1 * width(found))
    assert found.high == pytest.approx(high, abs=0.1 * width(found))


def test_where_seeds_make_the_difference_it_is_welchs_test() -> None:
    """Thousands of examples, all alike: their part is nothing."""
    scores = np.array([[0.81, 0.84, 0.80], [0.78, 0.775, 0.785]])
    a, b = (measured(np.repeat(values[:, None], 2000, axis=1)) for values in scores)
    found, oracle = difference(a, b, accuracy), scipy.stats.ttest_ind(*scores, equal_var=False)
    ends = oracle.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), abs=1e-5)
    assert found.p == pytest.approx(oracle.pvalue, rel=0.01)


def test_pairing_examples_removes_what_both_systems_share() -> None:
    easy = np.random.default_rng(0).random(400) < 0.5
    a = easy.copy()
    a[np.flatnonzero(~easy)[:20]] = True  # right wherever b is, and on 20 examples more
    shuffled = np.random.default_rng(1).permutation(easy)
    paired = difference(system(a[None]), system(easy[None]), accuracy)
    unpaired = difference(system(a[None]), system(shuffled[None]), accuracy)
    assert outcome(paired.low, paired.high) == "better"
    assert outcome(unpaired.low, unpaired.high) == "none"


def test_seeds_that_disagree_widen_the_interval() -> None:
    b = draw(1, 0.7, 0.7, 0.7, examples=4000)
    agreeing = difference(draw(0, 0.75, 0.75, 0.75, examples=4000), b, accuracy)
    disagreeing = difference(draw(0, 0.65, 0.75, 0.85, examples=4000), b, accuracy)
    assert outcome(agreeing.low, agreeing.high) == "better"
    assert outcome(disagreeing.low, disagreeing.high) == "none"


def test_seeds_that_score_alike_by_chance_are_no_certainty() -> None:
    """Each seed misses eight examples, but others: with as many misses, two networks need not be equal."""
    a, b = np.ones((3, 300), bool), np.ones((3, 300), bool)
    for seed in range(3):
        a[seed, 8 * seed : 8 * seed + 8] = False
        b[seed, 30 + 8 * seed : 38 + 8 * seed] = False
    found = difference(system(a), system(b), accuracy)
    assert found.delta == 0 and width(found) > 0.01 and found.p == 1


def test_what_single_seeds_get_wrong_on_single_examples_is_counted_once() -> None:
    """Coins: each seed's score has the variance 1/4n, whatever the examples."""
    examples, found = 4000, []
    for trial in range(40):
        a, b = draw(2 * trial, *[0.5] * 10, examples=examples), draw(2 * trial + 1, *[0.5] * 10, examples=examples)
        found.append(width(difference(a, b, accuracy)))
    assert np.mean(found) == pytest.approx(2 * 2.1 * (2 * 0.25 / examples / 10) ** 0.5, rel=0.12)


def test_blocks_widen_the_interval_where_neighbours_are_alike_and_only_there() -> None:
    random = np.random.default_rng(0)
    noise = random.normal(size=2000)
    runs = np.repeat(random.normal(size=200), 10)  # ten neighbours at a time do equally well
    zero = measured(np.zeros((1, 2000)))
    alone, together = (difference(measured(runs[None]), zero, accuracy, block) for block in (1, 10))
    assert width(together) == pytest.approx(10**0.5 * width(alone), rel=0.1)
    assert together.delta == alone.delta and together.p > alone.p
    alone, together = (difference(measured(noise[None]), zero, accuracy, block) for block in (1, 10))
    assert width(together) == pytest.approx(width(alone), rel=0.15)


def test_few_examples_make_at_least_two_blocks() -> None:
    found = difference(draw(0, 0.6, examples=8), draw(1, 0.5, examples=8), accuracy, block=20)
    assert np.isfinite([found.low, found.high, found.p]).all()


def test_systems_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        difference(draw(0, 0.5, 0.5), draw(0, 0.5), accuracy)
    for examples in (0, 1):
        with pytest.raises(ValueError, match="cannot be compared"):
            difference(draw(0, 0.5, examples=examples), draw(0, 0.5, examples=examples), accuracy)


def test_a_family_of_p_values_is_corrected_as_statsmodels_does_it() -> None:
    p = [0.04, 0.001, 0.03, 0.02, 1.0, 1e-12]
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert holm([]) == [] and holm([0.03]) == [0.03]


def test_the_interval_of_one_system_is_that_of_its_difference_from_a_fixed_one() -> None:
    a, none = draw(0, 0.9, 0.8, 0.85), system(np.zeros((3, 400), dtype=int))
    found = difference(a, none, accuracy)
    assert interval(a, accuracy) == (found.low, found.high)


def test_the_interval_of_one_seed_is_that_of_a_mean() -> None:
    values = np.random.default_rng(3).normal(5, 2, (1, 200))
    found = interval(measured(values), accuracy)
    expected = scipy.stats.t.interval(0.95, 199, values.mean(), scipy.stats.sem(values[0]))
    assert found == pytest.approx(expected, abs=1e-3)
