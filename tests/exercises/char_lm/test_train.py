"""Characters: the picture of how they are read, and that every one of a text is predicted once."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from pipeline.core.files import write_json
from pipeline.corpora.prepared.tables import write_table
from pipeline.exercises.char_lm import train as char_lm

PICTURE = "abcdefghijklmnopqrstuvwxyzABCDEFG"


@pytest.fixture
def picture(make, monkeypatch):
    """The task of the module's picture, for a window, and what it reads and predicts.

    [read in each window, state before the first one, predicted] for each update.
    """

    def picture(window):
        make("char_lm", "t16_h128")  # for its corpus
        write_json(char_lm.DATA / "characters.json", list(PICTURE))
        write_table(char_lm.DATA / "characters_train.arrow", {"character": pa.array(range(len(PICTURE)), pa.uint8())})
        monkeypatch.setattr(char_lm, "PIECES", 3)
        monkeypatch.setitem(char_lm.STAGE.variants["t16_h128"], "window", window)
        task = make("char_lm", "t16_h128", batch_size=2, steps=4, characters=24)
        nats, forward, updates, windows = task.model.nats, task.model.forward, [], []

        def text(numbers):
            return ["".join(PICTURE[i] for i in row) for row in numbers.view(2, -1)]

        def watched_forward(tokens, state):
            windows.append((text(tokens), state))
            return forward(tokens, state=state)

        def watched_nats(features, targets):
            updates.append(([read for read, _ in windows], windows[0][1], text(targets)))
            windows.clear()
            return nats(features, targets)

        monkeypatch.setattr(task.model, "forward", watched_forward)
        monkeypatch.setattr(task.model, "nats", watched_nats)
        return task, updates

    return picture


@pytest.mark.parametrize("window", [4, 2])
def test_streams_are_read_as_in_the_picture(picture, window):
    task, updates = picture(window)
    first = (
        [["abcd", "pqrs"], ["efgh", "wxyz"], ["lmno", "ABCD"]],
        [["bcde", "qrsw"], ["fghl", "xyzA"], ["mnop", "BCDa"]],
    )
    second = (
        [["ijkl", "xyzA"], ["mnop", "EFGa"], ["tuvw", "bcde"]],
        [["jklm", "yzAE"], ["nopt", "FGab"], ["uvwx", "cdei"]],
    )
    for epoch, (read, predicted) in enumerate((first, second), start=1):
        updates.clear()
        task.begin_epoch(epoch)
        plan = task.batches(np.random.default_rng(1))
        assert [(loss.terms, loss.tokens) for loss in map(task.loss, plan)] == [(8, 8)] * 3
        joined = [["".join(stream) for stream in zip(*windows, strict=True)] for windows, _, _ in updates]
        assert joined == read and [targets for _, _, targets in updates] == predicted
        assert all(len(stream) == window for windows, _, _ in updates for pair in windows for stream in pair)
        assert [state is None for _, state, _ in updates] == [True, False, False]  # the memory begins with the epoch
        assert updates[1][1][0].any()  # and is carried on


def test_only_the_reach_of_gradients_differs_between_windows(make):
    """The same characters, state and loss; within a window the gradients are the same too."""
    gradients, losses = {}, []
    for variant in ("t16_h128", "t64_h128"):
        task = make("char_lm", variant, batch_size=2, steps=64, characters=256)
        task.model.load_state_dict(make("char_lm", "t64_h128").model.state_dict())
        loss = task.loss(task.batches(np.random.default_rng(1))[0])
        loss.summed.backward()
        gradients[variant] = [parameter.grad for parameter in task.model.parameters()]
        losses.append(loss.summed.item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    output, recurrent = -2, 2  # the output's weights do not go through time
    torch.testing.assert_close(gradients["t16_h128"][output], gradients["t64_h128"][output], rtol=1e-4, atol=1e-4)
    assert not torch.allclose(gradients["t16_h128"][recurrent], gradients["t64_h128"][recurrent], rtol=1e-3)


def test_every_network_reads_as_many_characters_in_as_many_updates(make):
    networks = [name for name, kind in char_lm.STAGE.variants.items() if kind["network"] == "lstm"]
    tasks = [make("char_lm", variant, batch_size=2, steps=128, characters=700) for variant in networks]
    assert {(task.update, task.updates, len(task.batches(None))) for task in tasks} == {(256, 2, 2)}


def test_twice_the_units_learn_at_half_the_rate(make):
    rates = [make("char_lm", variant, learning_rate=0.5).settings.learning_rate for variant in ("t64_h128", "t64_h256")]
    assert rates == [0.5, 0.25]


def test_what_is_stored_adds_up_to_the_whole_test_text(make):
    tested = make("char_lm", "t64_h256").test()
    assert tested.predictions["tokens"].tolist() == [200, 199]  # of 400 characters, the first is given
    nats = tested.predictions["nats"].sum() / 399
    assert (tested.scores["nats"], tested.scores["bits"]) == pytest.approx((nats, nats / np.log(2)))
    assert [(row["temperature"], row["top_p"]) for row in tested.extra] == list(char_lm.SAMPLED)
    assert all(len(row["text"]) == 300 for row in tested.extra)


def test_ngrams_count_the_whole_text_and_write(make):
    task = make("char_lm", "ngram", order=3)
    fit, tested = task.train(), task.test()
    assert fit.tokens == [960] and fit.history[0]["validation_loss"] < np.log(8)
    assert tested.predictions["tokens"].sum() == 399 and all(len(row["text"]) == 300 for row in tested.extra)
