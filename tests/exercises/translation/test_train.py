"""Translation: what is read and predicted, how pairs are batched, whose attention is shown."""

import numpy as np
import pytest
import torch

from pipeline.corpora.prepared.tables import Ragged
from pipeline.exercises.translation import train
from pipeline.exercises.translation.stage import WELL
from pipeline.exercises.translation.train import shifted
from pipeline.models.seq2seq import BEGIN, END, PAD


def test_each_word_is_predicted_after_those_before_it():
    read, predict, real = shifted(torch.tensor([[5, 6], [7, PAD]]), torch.tensor([2, 1]))
    assert read.tolist() == [[BEGIN, 5, 6], [BEGIN, 7, PAD]]
    assert predict.tolist() == [[5, 6, END], [7, END, PAD]]
    assert real.tolist() == [[True, True, True], [True, True, False]]


def test_a_loss_counts_the_words_and_their_ends(make):
    task, batch = make("translation", "luong"), np.arange(4)
    loss = task.loss(batch)
    assert loss.terms == task.targets["train"].lengths[batch].sum() + 4
    assert loss.tokens == loss.terms + task.sources["train"].lengths[batch].sum()


def test_a_batch_holds_no_more_words_than_allowed_on_either_side(make):
    task = make("translation", "none", batch_size=24, batch_tokens=16)
    plan = task.batches(np.random.default_rng(1))
    assert sorted(np.concatenate(plan)) == list(range(24))
    for batch in plan:
        sides = (task.sources["train"].lengths[batch], task.targets["train"].lengths[batch] + 1)
        assert len(batch) == 1 or all(len(batch) * side.max() <= 16 for side in sides)


@pytest.mark.parametrize("variant", ["bahdanau", "luong"])
def test_attention_is_shown_of_sentences_of_middling_length_that_are_translated_well(make, variant, monkeypatch):
    task = make("translation", variant)
    lengths = [3, 6, 14, 15, *[7] * 6]
    offsets = np.cumsum([0, *lengths])
    task.sources["test"] = Ragged(np.full(offsets[-1], 5, np.int32), offsets)
    right = {1, 2, 6}  # of the ten rows
    references = task.tables["test"]["target_text"].to_pylist()
    good = {references[row] for row in right}
    monkeypatch.setattr(train, "sentence_chrf", lambda hypothesis, reference: WELL if reference in good else WELL - 1)
    with task.job.inference():
        task.model.eval()
        shown = task.attention_of_some("test")
    expected = [length for row, length in enumerate(lengths) if 6 <= length <= 14 and references[row] in good]
    assert [len(row["source"]) for row in shown] == expected != []
    for row in shown:
        weights = np.array(row["weights"])
        assert weights.shape == (len(row["target"]), len(row["source"]))
        np.testing.assert_allclose(weights.sum(1), 1, atol=1e-3)


def test_without_attention_nothing_is_shown_and_training_has_settings_of_its_own(make):
    task = make("translation", "none")
    assert task.attention_of_some("test") == []
    settings = task.recipe.settings
    assert (settings.epochs, settings.learning_rate) == (settings.none.epochs, settings.none.learning_rate)


def test_words_have_their_stems(make):
    assert make("translation", "luong").model.stems.tolist() == [0] * 10 + [4, 4]


def test_the_quarter_that_is_least_like_training():
    assert train.unlike_training(np.array([0.5, 0.1, 0.9, 0.1, 0.3, 0.7, 0.7, 0.7])).tolist() == [1, 3]
    assert train.unlike_training(np.array([0.5, 0.4])).tolist() == [1]


def test_translations_are_stored_beside_what_was_asked(make):
    task = make("translation", "luong")
    tested = task.test()
    columns = tested.predictions
    assert columns["source"] == task.tables["test"]["source_text"].to_pylist()
    assert columns["reference"] == task.tables["test"]["target_text"].to_pylist()
    overlap = task.tables["test"]["overlap"].to_numpy()
    assert tested.scores["unlike_overlap"] == sorted(overlap)[1]  # a quarter of ten
    assert 0 <= tested.scores["bleu_unlike"] <= 100
    assert tested.scores["distinct"] == len(set(columns["hypothesis"])) / 10
