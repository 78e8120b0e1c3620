"""Which seed's model speaks for a variant, and which variant for an exercise: the best on validation."""

import json
from pathlib import Path

import pytest

from pipeline.answering.champion import best_seed, champion
from pipeline.core.errors import PipelineError


def results(exercise, metric, *validation):
    seeds = [{"seed": i, "validation": scores} for i, scores in enumerate(validation, 1)]
    return {"exercise": exercise, "metric": metric, "seeds": seeds}


@pytest.mark.parametrize(
    ("exercise", "metric", "validation", "best"),
    [
        ("sentiment", "accuracy", [{"accuracy": 0.8, "loss": 0.1}, {"accuracy": 0.9, "loss": 0.3}], 2),
        ("next_value", "rmse", [{"rmse": 12.0, "loss": 0.3}, {"rmse": 14.0, "loss": 0.2}], 1),
        ("char_lm", "nats", [{"loss": 1.6, "accuracy": 0.7}, {"loss": 1.5, "accuracy": 0.6}], 2),
        ("shared_mlp", "accuracy", [{"accuracy": 0.8}, {"accuracy": 0.8}], 1),
    ],
)
def test_best_seed(exercise, metric, validation, best):
    assert best_seed(results(exercise, metric, *validation)) == best


def test_the_champion_is_best_on_average_and_was_not_fitted_on_what_judges_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = Path("metrics/train/next_value")
    folder.mkdir(parents=True)
    for variant, scores in {"gru": (17.0, 16.0), "lstm": (19.0, 15.5), "persistence": (9.0, 9.0)}.items():
        text = json.dumps(results("next_value", "rmse", *({"rmse": score, "loss": 0.1} for score in scores)))
        (folder / f"{variant}.json").write_text(text)
    assert champion(f"next_value/{variant}" for variant in ("lstm", "gru", "persistence")) == "next_value/gru"
    assert champion(["next_value/persistence"]) is None
    with pytest.raises(PipelineError, match="next_value/rnn.json is missing"):
        champion(["next_value/rnn"])
