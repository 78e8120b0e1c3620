"""Words: sequences of lines, the state between batches, and that every word is predicted once."""

import numpy as np
import pytest
import torch

from pipeline.corpora.prepared.tables import Ragged
from pipeline.exercises.word_lm import train as word_lm
from tests.models.test_language_model import brute_force, ids, language_model


def lines():
    """Five lines of 3, 1, 5, 2 and 4 words."""
    return Ragged(ids(15).astype(np.int32), np.array([0, 3, 4, 9, 11, 15]))


def test_sequences_are_lines_in_order_each_with_its_end():
    text = word_lm.sequences(lines(), 2)
    words = lines()
    expected = [[*words[i], 2] for i in range(5)]
    assert [row.tolist() for row in (text[0], text[1], text[2])] == [
        expected[0] + expected[1],
        expected[2] + expected[3],
        expected[4],
    ]
    assert len(text) == 3 and len(text.values) == text.offsets[-1] == 20
    assert word_lm.sequences(lines(), 5).offsets.tolist() == [0, 20]


@pytest.mark.parametrize("cutoffs", [(), (4, 10)])
def test_every_word_is_predicted_once_with_the_memory_of_the_variant(make, monkeypatch, cutoffs):
    task, text = make("word_lm", "carried"), word_lm.sequences(lines(), 2)
    task.model = model = language_model(cutoffs)
    monkeypatch.setattr(word_lm, "TOGETHER", 2)  # sequences in a batch
    with torch.inference_mode():
        carried, _ = task.score(text, True)
        reset, _ = task.score(text, False)
    whole = torch.from_numpy(np.append(2, text.values).astype(np.int64))  # an end of line comes first
    np.testing.assert_allclose(carried, brute_force(model, whole)[0], rtol=1e-5)
    apart = [brute_force(model, torch.tensor([2, *text[row]]))[0] for row in range(len(text))]
    np.testing.assert_allclose(reset, np.concatenate(apart), rtol=1e-5)
    assert len(carried) == len(text.values)


@pytest.mark.parametrize("variant", ["carried", "reset"])
def test_both_networks_are_tested_both_ways(make, variant):
    task = make("word_lm", variant)
    scores, text = task.test().scores, task.texts["test"]
    with torch.inference_mode():
        ways = {way: np.exp(task.score(text, way)[0].mean()) for way in (True, False)}
    own = variant == "carried"
    assert scores["perplexity"] == pytest.approx(ways[own])
    assert scores["perplexity_other_way"] == pytest.approx(ways[not own])
    assert ways[True] != pytest.approx(ways[False], rel=1e-6)


def test_an_epoch_reads_its_part_and_the_next_goes_on_from_there(make):
    whole = make("word_lm", "carried", batch_size=3)
    words = len(whole.texts["train"].values)
    task = make("word_lm", "carried", batch_size=3, words=round(0.75 * words))
    plans = []
    for epoch in (1, 2):
        task.begin_epoch(epoch)
        plans.append([batch.tolist() for batch in task.batches(np.random.default_rng(1))])
    assert plans == [[[0, 4, 8], [1, 5, 9], [2, 6, 10]], [[3, 7, 11], [0, 4, 8], [1, 5, 9]]]


def test_a_row_of_a_batch_goes_on_where_it_stopped(make):
    task = make("word_lm", "carried", batch_size=3)
    plan = task.batches(np.random.default_rng(1))
    assert [batch.tolist() for batch in plan] == [[0, 4, 8], [1, 5, 9], [2, 6, 10], [3, 7, 11]]
    few = make("word_lm", "carried", batch_size=5)  # 12 sequences: the last two fill no batch
    assert [batch.tolist() for batch in few.batches(np.random.default_rng(1))] == [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]


@pytest.mark.parametrize("variant", ["carried", "reset"])
def test_a_batch_begins_from_the_state_after_the_one_before_if_that_is_carried(make, variant):
    task, losses = make("word_lm", variant, batch_size=3), []
    task.model.eval()
    second = task.batches(np.random.default_rng(1))[1]
    for before in ([], [np.array([0, 4, 8])], [np.array([3, 7, 11])]):
        task.begin_epoch(1)
        for batch in before:
            task.loss(batch)
        losses.append(task.loss(second).summed.item())
    assert (len(set(losses)) == 3) == (variant == "carried") and (len(set(losses)) == 1) == (variant == "reset")


def test_scores_of_words_leave_out_punctuation_and_the_ends_of_lines(make):
    task = make("word_lm", "reset")
    assert task.recipe.words.tolist() == [False] * 3 + [True] * 7 + [False, True]  # not "."
    tested, text = task.test(), task.texts["test"].values
    assert tested.scores["line_end_share"] == pytest.approx(10 / len(text))
    assert tested.scores["word_share"] == pytest.approx(task.recipe.words[text].mean())
    assert tested.predictions["tokens"].sum() == len(text)
    assert tested.scores["perplexity"] == pytest.approx(np.exp(tested.scores["nats"]))


def test_ngrams_count_the_whole_text(make):
    task = make("word_lm", "ngram", order=2)
    fit, tested = task.train(), task.test()
    assert fit.tokens == [len(task.texts["train"].values)] and tested.scores["perplexity"] < 12
    assert tested.predictions["tokens"].sum() == len(task.texts["test"].values)
