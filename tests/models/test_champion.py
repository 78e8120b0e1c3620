"""Which model speaks for an exercise: the best on validation, whether more or less is better."""

import pytest

from pipeline.models.champion import best_seed, best_variant


def results(metric, *validation):
    return {"metric": metric, "seeds": [{"seed": s, "validation": v} for s, v in enumerate(validation, start=1)]}


@pytest.mark.parametrize(
    ("metric", "validation", "best"),
    [
        ("accuracy", [{"accuracy": 0.8, "loss": 0.1}, {"accuracy": 0.9, "loss": 0.3}], 2),
        ("rmse", [{"rmse": 12.0, "loss": 0.3}, {"rmse": 14.0, "loss": 0.2}], 1),
        ("nats", [{"loss": 1.6, "accuracy": 0.7}, {"loss": 1.5, "accuracy": 0.6}], 2),
    ],
)
def test_best_seed(metric, validation, best):
    assert best_seed(results(metric, *validation)) == best


def test_a_variant_is_as_good_as_its_seeds_on_average():
    lucky = results("accuracy", {"accuracy": 0.95}, {"accuracy": 0.5})
    steady = results("accuracy", {"accuracy": 0.8}, {"accuracy": 0.8})
    assert best_variant({"lucky": lucky, "steady": steady}) == "steady"
    assert best_variant({"a": results("rmse", {"rmse": 3.0}), "b": results("rmse", {"rmse": 2.0})}) == "b"
