import pytest

from pipeline.report.curves import by_exercise
from pipeline.report.figures import deviation, headline
from pipeline.scoring.evaluate import COMPARISONS


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
        (
            [difference("gru", "rnn", 0, 0), difference("lstm", "rnn", 0, 0), difference("bilstm", "rnn", 0, 1)],
            "gru, lstm and rnn do not differ on any test example; no difference shown between bilstm and rnn",
        ),
    ],
)
def test_a_headline_says_what_the_intervals_say(differences: list[dict], expected: str) -> None:
    assert headline(differences, 0.95) == expected


def test_curves_show_every_variant_of_an_exercise_once() -> None:
    panels = by_exercise(COMPARISONS)
    assert [panel.exercise for panel in panels] == list(dict.fromkeys(found.exercise for found in COMPARISONS))
    for panel in panels:
        every = [name for found in COMPARISONS if found.exercise == panel.exercise for name in found.variants]
        assert sorted(panel.variants) == sorted(set(every))
    assert next(panel for panel in panels if panel.exercise == "sentiment").variants == ["lstm_fp32", "gru", "lstm"]


@pytest.mark.parametrize(("value", "words"), [(0.0, "0.0"), (0.004, "< 0.1"), (0.05001, "0.1"), (1.26, "1.3")])
def test_a_small_deviation_is_not_none(value: float, words: str) -> None:
    assert deviation(value, 1) == words
