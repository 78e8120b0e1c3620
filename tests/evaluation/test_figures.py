import pytest

from pipeline.evaluation.figures import headline


def difference(a: str, b: str, low: float, high: float) -> dict:
    return {"a": a, "b": b, "ci95": [low, high], "verdict": f"{a} against {b}"}


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([difference("bi", "uni", 0.1, 0.2)], "bi against uni"),
        (
            [
                difference("mean", "last", 1, 2),
                difference("max", "last", -2, -1),
                difference("attention", "last", 1, 3),
            ],
            "mean and attention are better than last; max is worse than last",
        ),
        (
            [
                difference("bahdanau", "none", 9, 11),
                difference("luong", "none", -1, 11),
                difference("luong", "bahdanau", -1, 1),
            ],
            "bahdanau is better than none; no difference shown between luong and none; "
            "no difference shown between luong and bahdanau",
        ),
    ],
)
def test_a_headline_says_what_the_intervals_say(differences: list[dict], expected: str) -> None:
    assert headline(differences, 0.95) == expected
