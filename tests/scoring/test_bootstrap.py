import numpy as np
import pytest

from pipeline.scoring.bootstrap import (
    Difference,
    coverage_of_seeds,
    deviation,
    outcome,
    paired_bootstrap,
    verdict,
)


def accuracy(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / sums[..., 1]


def system(right: np.ndarray) -> np.ndarray:
    """(seeds, examples) of 0 and 1 -> (seeds, examples, 2)."""
    return np.stack([right.astype(np.int64), np.ones_like(right, dtype=np.int64)], axis=-1)


def draw(seed: int, *shares: float, examples: int = 400) -> np.ndarray:
    """One row a seed, right with the share given."""
    random = np.random.default_rng(seed)
    return system(np.stack([random.random(examples) < share for share in shares]))


def test_a_system_does_not_differ_from_itself() -> None:
    a = draw(0, 0.7, 0.8, 0.9)
    assert paired_bootstrap(a, a, accuracy, 500) == Difference(0.0, 0.0, 0.0, 1.0)


def test_a_clear_difference_excludes_zero_either_way_round() -> None:
    a, b = draw(0, 0.9, 0.9, 0.9), draw(1, 0.7, 0.7, 0.7)
    there, back = paired_bootstrap(a, b, accuracy, 999), paired_bootstrap(b, a, accuracy, 999)
    assert 0.1 < there.low < there.delta < there.high < 0.3
    assert there.p == pytest.approx(2 / 1000)  # no resample on the other side: the smallest p there can be
    assert back == Difference(-there.delta, -there.high, -there.low, there.p)


def test_delta_is_the_difference_of_the_mean_scores_over_seeds() -> None:
    a, b = draw(0, 0.9, 0.8), draw(1, 0.7, 0.75)
    expected = a[..., 0].mean() - b[..., 0].mean()
    assert paired_bootstrap(a, b, accuracy, 100).delta == pytest.approx(expected, abs=1e-6)


def test_the_same_input_gives_the_same_result() -> None:
    a, b = draw(0, 0.8, 0.8), draw(1, 0.8, 0.8)
    assert paired_bootstrap(a, b, accuracy, 500) == paired_bootstrap(a, b, accuracy, 500)


def test_pairing_examples_removes_what_both_systems_share() -> None:
    easy = np.random.default_rng(0).random(400) < 0.5
    a = easy.copy()
    a[np.flatnonzero(~easy)[:20]] = True  # right wherever b is, and on 20 examples more
    shuffled = np.random.default_rng(1).permutation(easy)
    paired = paired_bootstrap(system(a[None]), system(easy[None]), accuracy, 999)
    unpaired = paired_bootstrap(system(a[None]), system(shuffled[None]), accuracy, 999)
    assert outcome(paired.low, paired.high) == "better"
    assert outcome(unpaired.low, unpaired.high) == "none"


def test_pairing_seeds_removes_what_both_systems_share() -> None:
    """A good seed is good for both systems here, and the same good seeds in another order say nothing."""
    levels = [np.arange(400) < 400 * share for share in (0.5, 0.7, 0.9)]
    b = system(np.stack(levels))
    a = system(np.stack([level | (np.arange(400) >= 390) for level in levels]))  # 2.5 points more for each seed
    paired = paired_bootstrap(a, b, accuracy, 999)
    crossed = paired_bootstrap(a[[1, 2, 0]], b, accuracy, 999)
    assert outcome(paired.low, paired.high) == "better"
    assert outcome(crossed.low, crossed.high) == "none"
    assert paired.delta == crossed.delta


def test_seeds_that_disagree_widen_the_interval() -> None:
    b = draw(1, 0.7, 0.7, 0.7, examples=4000)
    agreeing = paired_bootstrap(draw(0, 0.75, 0.75, 0.75, examples=4000), b, accuracy, 999)
    disagreeing = paired_bootstrap(draw(0, 0.65, 0.75, 0.85, examples=4000), b, accuracy, 999)
    assert outcome(agreeing.low, agreeing.high) == "better"
    assert outcome(disagreeing.low, disagreeing.high) == "none"


def test_intervals_cover_the_true_difference_about_as_often_as_they_say() -> None:
    """One seed, 200 examples, a true difference of 0.05: a nominal 90% must cover about 90 of 100 times."""
    covered = 0
    for trial in range(200):
        a, b = draw(2 * trial, 0.85, examples=200), draw(2 * trial + 1, 0.80, examples=200)
        difference = paired_bootstrap(a, b, accuracy, 300, confidence=0.9)
        covered += difference.low <= 0.05 <= difference.high
    assert 0.83 <= covered / 200 <= 0.96


def test_with_three_seeds_that_make_all_of_a_difference_a_nominal_95_per_cent_covers_about_75() -> None:
    """What README and the report say of few seeds. True difference 0.05; examples add nothing, seeds 0.02 each."""
    random = np.random.default_rng(0)
    covered = 0
    for _ in range(600):
        a = np.full((3, 4, 2), 1000)  # every example counts a thousand, of which so many are right:
        b = a.copy()
        b[..., 0] = 700
        a[..., 0] = b[..., 0] + np.rint(random.normal(50, 20, size=(3, 1)))
        difference = paired_bootstrap(a, b, accuracy, 400)
        covered += difference.low <= 0.05 <= difference.high
    assert 0.70 <= covered / 600 <= 0.80
    assert coverage_of_seeds(3, 0.95) == pytest.approx(0.75, abs=0.005)  # the number that the report prints


def test_more_seeds_cover_more() -> None:
    shares = [coverage_of_seeds(seeds, 0.95) for seeds in (1, 2, 3, 4, 5, 10)]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] > 0.88


def test_any_number_of_examples_is_drawn_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resamples are drawn in chunks; a resample of n examples sums n counts in every chunk."""
    monkeypatch.setattr("pipeline.scoring.bootstrap.CHUNK", 400 * 7)
    seen = []

    def score(sums: np.ndarray) -> np.ndarray:
        seen.append(sums)
        return accuracy(sums)

    a, b = draw(0, 0.9, 0.9), draw(1, 0.8, 0.8)
    paired_bootstrap(a, b, score, 100)
    resamples = next(sums for sums in seen if sums.shape == (100, 2, 2, 2))
    assert (resamples[..., 1] == 400).all()
    assert len(np.unique(resamples[:, 0, 0, 0])) > 10


def test_systems_that_cannot_be_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        paired_bootstrap(draw(0, 0.5, 0.5), draw(0, 0.5), accuracy, 10)
    with pytest.raises(ValueError, match="cannot be paired"):
        paired_bootstrap(draw(0, 0.5, examples=0), draw(0, 0.5, examples=0), accuracy, 10)


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        ((0.052, 0.041, 0.063), "bi is better than uni by 5.2 points (95% interval 4.1 to 6.3)"),
        ((-0.052, -0.063, -0.041), "bi is worse than uni by 5.2 points (95% interval 4.1 to 6.3)"),
        ((0.003, -0.004, 0.01), "no difference shown between bi and uni (0.3 points, 95% interval -0.4 to 1.0)"),
        ((0.0, 0.0, 0.0), "bi and uni do not differ on any test example"),
        ((0.01, 0.0, 0.02), "no difference shown between bi and uni (1.0 points, 95% interval 0.0 to 2.0)"),
        # An end close to 0 must not read as 0, or the words would contradict the interval.
        ((0.01, 0.0003, 0.02), "bi is better than uni by 1.00 points (95% interval 0.03 to 2.00)"),
    ],
)
def test_the_verdict_follows_from_the_interval(difference: tuple[float, float, float], words: str) -> None:
    delta, low, high = difference
    assert verdict("bi", "uni", Difference(delta, low, high, p=0.5), "points", scale=100) == words


def test_where_less_is_better_the_verdict_explains_the_sign() -> None:
    nothing = verdict("gru", "rnn", Difference(-0.1, -2.1, 1.8, p=0.9), "sunspots", falls=True)
    assert nothing == (
        "no difference shown between gru and rnn (gru minus rnn: -0.1 sunspots, 95% interval -2.1 to 1.8)"
    )
    assert verdict("gru", "rnn", Difference(-3, -4, -2, p=0.01), "sunspots", falls=True).startswith(
        "gru is better than"
    )


def test_the_verdict_names_its_confidence_and_unit() -> None:
    words = verdict("luong", "none", Difference(13.8, 12, 15.5, 0.001), "BLEU points", confidence=0.9)
    assert words == "luong is better than none by 13.8 BLEU points (90% interval 12.0 to 15.5)"


@pytest.mark.parametrize(("value", "words"), [(0.0, "0.0"), (0.004, "< 0.1"), (0.05001, "0.1"), (1.26, "1.3")])
def test_a_small_deviation_is_not_none(value: float, words: str) -> None:
    assert deviation(value, 1) == words
