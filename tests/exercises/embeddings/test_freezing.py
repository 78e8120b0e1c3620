import pytest

from pipeline.exercises.embeddings.freezing import saving
from pipeline.exercises.embeddings.stage import STARTS


def timings(trained: tuple[float, ...], frozen: tuple[float, ...]) -> dict[str, dict[str, float]]:
    """The exercise's part of metrics/timings.json."""
    return {
        f"{start}_{training}": {"seconds_per_epoch": seconds}
        for training, times in (("trained", trained), ("frozen", frozen))
        for start, seconds in zip(STARTS, times, strict=True)
    }


@pytest.mark.parametrize(
    ("trained", "frozen", "shown"),
    [
        ((11.1, 11.2, 11.0), (9.0, 9.5, 9.2), True),
        ((11.1, 11.2, 11.0), (9.0, 11.2, 10.3), False),  # a row of equal work is as fast without freezing
        ((10.0, 11.0, 13.0), (10.0, 10.0, 10.0), False),
        ((9.0, 9.1, 9.0), (11.0, 11.1, 11.0), False),  # no saving at all
    ],
)
def test_a_saving_within_the_noise_of_equal_work_is_not_shown(
    trained: tuple[float, ...], frozen: tuple[float, ...], shown: bool
) -> None:
    found = saving(timings(trained, frozen))
    assert found is not None and found.shown is shown
    assert found.share == pytest.approx(1 - sum(frozen) / sum(trained))


def test_a_start_that_was_not_trained_both_ways_says_nothing_of_freezing() -> None:
    rows = timings((11.1, 11.2, 11.0), (9.0, 9.5, 9.2))
    del rows["word2vec_frozen"]
    found = saving(rows)
    assert found is not None and (found.trained, found.frozen) == ([11.1, 11.0], [9.0, 9.2])
    del rows["glove_trained"]
    assert saving(rows) is None  # one start alone does not show how much equal work differs
