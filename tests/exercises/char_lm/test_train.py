"""Characters: the picture of how they are read, and that every one of a text is predicted once."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from pipeline.core.files import write_json
from pipeline.corpora.prepared.tables import write_table
from pipeline.exercises.char_lm import train as char_lm
from tests.models.test_language_model import JOB, brute_force, ids, language_model

PICTURE = "abcdefghijklmnopqrstuvwxyzABCDEFG"


@pytest.fixture
def picture(make, monkeypatch):
    """The task of the module's picture, and what it reads and predicts: [read, state before, predicted] a window."""
    make("char_lm", "t16_h128")  # for its corpus
    write_json(char_lm.DATA / "characters.json", list(PICTURE))
    write_table(char_lm.DATA / "characters_train.arrow", {"character": pa.array(range(len(PICTURE)), pa.uint8())})
    monkeypatch.setattr(char_lm, "PIECES", 3)
    monkeypatch.setitem(char_lm.STAGE.variants["t16_h128"], "window", 2)
    task = make("char_lm", "t16_h128", batch_size=4, characters=12)
    nats, forward, windows = task.model.nats, task.model.forward, []

    def text(numbers):
        return ["".join(PICTURE[i] for i in row) for row in numbers.reshape(2, 2)]

    def watched_forward(tokens, state):
        windows.append([text(tokens), state])
        return forward(tokens, state=state)

    def watched_nats(features, targets):
        windows[-1].append(text(targets))
        return nats(features, targets)

    monkeypatch.setattr(task.model, "forward", watched_forward)
    monkeypatch.setattr(task.model, "nats", watched_nats)
    return task, windows


def test_streams_are_read_as_in_the_picture(picture):
    task, windows = picture
    for epoch, read, predicted in (
        (1, [["ab", "no"], ["cd", "wx"], ["lm", "yz"]], [["bc", "ow"], ["dl", "xy"], ["mn", "za"]]),
        (2, [["ef", "rs"], ["gh", "AB"], ["pq", "CD"]], [["fg", "sA"], ["hp", "BC"], ["qr", "De"]]),
    ):
        windows.clear()
        task.begin_epoch(epoch)
        plan = task.batches(np.random.default_rng(1))
        assert [(loss.terms, loss.tokens) for loss in map(task.loss, plan)] == [(4, 4)] * 3
        assert [window[0] for window in windows] == read
        assert [window[2] for window in windows] == predicted
        assert [window[1] is None for window in windows] == [True, False, False]  # the memory begins with the epoch
        assert windows[1][1][0].any()  # and is carried on


def test_every_variant_reads_as_many_characters_in_as_many_updates(make):
    tasks = [make("char_lm", variant, batch_size=256, characters=700) for variant in char_lm.STAGE.variants]
    assert {(task.update, task.windows, len(task.batches(None))) for task in tasks} == {(256, 2, 2)}
    assert [(task.recipe.window, task.streams) for task in tasks[:2]] == [(16, 16), (128, 2)]


@pytest.mark.parametrize("window", [1, 7, 24, 25, 100])
def test_every_character_but_the_first_is_predicted_once_from_all_before_it(window):
    model, text = language_model(), ids(25)
    with torch.inference_mode():
        nats, right = char_lm.score_stream(model, text, JOB, window)
    expected = brute_force(model, torch.from_numpy(text.astype(np.int64)))
    np.testing.assert_allclose(nats, expected[0], rtol=1e-5)
    assert (right == expected[1]).all()


def test_what_is_stored_adds_up_to_the_whole_test_text(make):
    tested = make("char_lm", "t16_h256").test()
    assert tested.predictions["tokens"].tolist() == [200, 199]  # of 400 characters, the first is given
    nats = tested.predictions["nats"].sum() / 399
    assert (tested.scores["nats"], tested.scores["bits"]) == pytest.approx((nats, nats / np.log(2)))
    assert [(row["temperature"], row["top_p"]) for row in tested.extra] == list(char_lm.SAMPLED)
    assert all(len(row["text"]) == 300 for row in tested.extra)
