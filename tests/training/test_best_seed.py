"""Which seed's model speaks for a variant: the best on validation, whether more or less is better."""

import pytest

from pipeline.training.tracking import best_seed


@pytest.mark.parametrize(
    ("metric", "validation", "best"),
    [
        ("accuracy", [{"accuracy": 0.8, "loss": 0.1}, {"accuracy": 0.9, "loss": 0.3}], 2),
        ("rmse", [{"rmse": 12.0, "loss": 0.3}, {"rmse": 14.0, "loss": 0.2}], 1),
        ("nats", [{"loss": 1.6, "accuracy": 0.7}, {"loss": 1.5, "accuracy": 0.6}], 2),
    ],
)
def test_best_seed(metric, validation, best):
    seeds = [{"seed": seed, "validation": scores} for seed, scores in enumerate(validation, start=1)]
    assert best_seed({"metric": metric, "seeds": seeds}) == best
