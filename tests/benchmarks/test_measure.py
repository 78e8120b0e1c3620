"""How figures are taken and judged."""

import time

import pytest

from benchmarks.measure import FALLING, RISING, Result, interleaved
from benchmarks.steps import Clock


def test_sides_take_turns_until_the_budget_is_spent():
    turns = []

    def side(name):
        turns.append(name)
        time.sleep(0.01)
        return 1.0

    values = interleaved({"a": lambda: side("a"), "b": lambda: side("b")}, repeats=100, budget=0.0, least=2)
    assert turns == ["a", "b", "a", "b"]
    assert values == {"a": [1.0, 1.0], "b": [1.0, 1.0]}


@pytest.mark.parametrize(
    ("value", "target", "bound", "met"),
    [(4.0, 4.0, RISING, True), (3.9, 4.0, RISING, False), (1.2, 1.2, FALLING, True), (1.3, 1.2, FALLING, False)],
)
def test_a_target_is_met(value, target, bound, met):
    assert Result("key", value, "times", {}, 1, target, bound).record()["met"] is met
    assert Result("key", value, "times", {}, 1).record()["met"] is None


def test_time_in_an_inner_part_counts_for_that_part_alone():
    clock = Clock()
    inner = clock.wrap(lambda: time.sleep(0.05), "inner")
    started = time.perf_counter()
    with clock.part("outer"):
        inner()
        time.sleep(0.02)
        inner()
    whole = time.perf_counter() - started
    assert clock.seconds["inner"] >= 0.1
    assert 0.02 <= clock.seconds["outer"] <= whole - 0.1
    assert sum(clock.seconds.values()) == pytest.approx(whole, abs=0.005)
