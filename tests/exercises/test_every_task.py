"""What holds for every variant of every exercise, on made-up data."""

import json
from contextlib import suppress

import numpy as np
import pytest
import torch

from pipeline.registry import exercises, part
from tests.exercises.conftest import what_is_read
from tests.exercises.made_up import MAKERS

STAGES = {name: exercise.stage for name, exercise in exercises().items()}
VARIANTS = [
    (name, variant)
    for name, stage in STAGES.items()
    if set(what_is_read(stage)) <= set(MAKERS)
    for variant in stage.variants
]
CARRYING = ("char_lm", "word_lm")  # what a batch is worth depends on those before it
FITTED = ("persistence", "autoregression", "autoregression_roots", "mean_cepstra")  # not in batches


def each(variants):
    return pytest.mark.parametrize(("name", "variant"), variants, ids=["@".join(row) for row in variants])


def same(one, other):
    """Whether the same was predicted, to the last bit, by the same weights."""
    (first, tested), (second, again) = one, other
    for name, value in first.model.state_dict().items():
        assert torch.equal(value, second.model.state_dict()[name]), name
    assert json.dumps(tested.scores) == json.dumps(again.scores)
    assert list(tested.predictions) == list(again.predictions)
    for name, values in tested.predictions.items():
        assert all(np.array_equal(a, b) for a, b in zip(values, again.predictions[name], strict=True)), name


@each(VARIANTS)
def test_a_stopped_training_ends_like_an_undisturbed_one(make, name, variant):
    task, stage = make(name, variant), STAGES[name]
    fit, tested = task.train(), task.test()
    assert stage.curve in fit.history[0] and isinstance(tested.scores[stage.metric], float)
    assert len({len(values) for values in tested.predictions.values()}) == 1
    assert (tested.extra is None) == (stage.extra is None)
    json.dumps([tested.scores, tested.extra, task.recipe.assets, task.recipe.description], allow_nan=False)
    rebuilt = task.recipe.network(**json.loads(json.dumps(task.recipe.arguments)))
    rebuilt.load_state_dict(task.model.state_dict())  # model.json describes it

    (task.job.directory / "checkpoint.safetensors").unlink(missing_ok=True)
    stopped, validations = make(name, variant), 0
    validate = stopped.validate

    def interrupt():
        nonlocal validations
        validations += 1
        if validations == 2:
            raise KeyboardInterrupt
        return validate()

    stopped.validate = interrupt
    with suppress(KeyboardInterrupt):
        stopped.train()
    assert validations == len(fit.history)
    resumed = make(name, variant)
    assert resumed.train().history == fit.history
    same((task, tested), (resumed, resumed.test()))


@each([row for row in VARIANTS if row[0] not in CARRYING and row[1] not in FITTED])
def test_a_batch_is_worth_what_its_examples_are_worth_alone(make, monkeypatch, name, variant):
    """Padding takes no part in a loss."""
    task = make(name, variant)
    if hasattr(part(name, "train"), "spec_augment"):  # else what is masked is drawn anew each time
        monkeypatch.setattr(part(name, "train"), "spec_augment", lambda features, lengths: features)
    task.begin_epoch(1)
    task.model.eval()
    with task.job.inference():
        rows = np.arange(6)
        together, alone = task.loss(rows), [task.loss(rows[at : at + 1]) for at in range(6)]
    torch.testing.assert_close(together.summed, sum(loss.summed for loss in alone))
    assert together.terms == sum(loss.terms for loss in alone)
    assert together.tokens == sum(loss.tokens for loss in alone)
