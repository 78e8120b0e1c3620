"""Words follow from the interval, and for primary comparisons from the corrected p-value too."""

import pytest

from pipeline.scoring.differences import Difference
from pipeline.scoring.verdicts import deviation, outcome, p_value, verdict


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        ((0.052, 0.041, 0.063), "bi is better than uni by 5.2 points (95% interval 4.1 to 6.3)"),
        ((-0.052, -0.063, -0.041), "bi is worse than uni by 5.2 points (95% interval 4.1 to 6.3)"),
        ((0.003, -0.004, 0.01), "no difference shown between bi and uni (0.3 points, 95% interval -0.4 to 1.0)"),
        ((0.0, 0.0, 0.0), "bi and uni score alike on every test example"),
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


@pytest.mark.parametrize(
    ("p_holm", "words"),
    [
        (0.012, "bi is better than uni by 3.0 points (95% interval 1.0 to 5.0; p = 0.012 after Holm's correction)"),
        (1e-9, "bi is better than uni by 3.0 points (95% interval 1.0 to 5.0; p < 0.001 after Holm's correction)"),
        # The interval alone would show it.
        (0.08, "no difference shown between bi and uni (3.0 points, 95% interval 1.0 to 5.0; p = 0.080 after Holm's "
               "correction)"),
    ],
)  # fmt: skip
def test_a_primary_comparison_is_decided_after_the_correction(p_holm: float, words: str) -> None:
    assert verdict("bi", "uni", Difference(0.03, 0.01, 0.05, p=0.004), "points", scale=100, p_holm=p_holm) == words
    assert outcome(0.01, 0.05, p_holm=p_holm) == ("none" if p_holm == 0.08 else "better")
    assert outcome(-0.01, 0.05, p_holm=0.001) == "none"


def test_the_correction_decides_at_the_level_of_the_confidence() -> None:
    assert outcome(0.01, 0.05, p_holm=0.08, confidence=0.9) == "better"


@pytest.mark.parametrize(
    ("p", "words"), [(0.04996, "= 0.04996"), (0.05, "= 0.050"), (0.0004, "< 0.001"), (1, "= 1.000")]
)
def test_a_p_value_reads_as_it_decides(p: float, words: str) -> None:
    assert p_value(p, 0.05) == words
