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


def test_the_champion_is_best_on_average_and_no_baseline(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = Path("metrics/train/word_lm")
    folder.mkdir(parents=True)
    for variant, losses in {"carried": (4.7, 4.6), "reset": (4.9, 4.55), "ngram": (3.0, 3.0)}.items():
        (folder / f"{variant}.json").write_text(json.dumps(results("word_lm", "nats", *({"loss": x} for x in losses))))
    assert champion(f"word_lm/{variant}" for variant in ("reset", "carried", "ngram")) == "word_lm/carried"
    assert champion(["word_lm/ngram"]) is None
    with pytest.raises(PipelineError, match="word_lm/other.json is missing"):
        champion(["word_lm/other"])
