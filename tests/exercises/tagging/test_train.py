"""Tagging: which words have vectors, which stand for unknown ones in training, and where the variants differ."""

import numpy as np
import torch

from pipeline.corpora.prepared.specials import UNK_ID
from pipeline.exercises.tagging.train import words_with_vectors
from tests.exercises.made_up import WORDS


def test_a_test_word_keeps_its_pretrained_vector_and_another_is_unknown(make):
    make("tagging", "uni")
    words, vectors, known, ids = words_with_vectors()
    assert words == [*WORDS, "prince"]
    assert ids["test"][0].tolist() == [3, len(WORDS), UNK_ID]  # "The Prince Duke"
    assert known.tolist() == [False] * 3 + [True] * 8 + [False, True]  # not the last of WORDS
    assert vectors.shape == (13, 6) and not vectors[0].any() and vectors[1].any()


def test_only_rare_words_without_a_vector_stand_for_unknown_ones_and_only_in_training(make, monkeypatch):
    task = make("tagging", "uni")
    once = np.flatnonzero(np.bincount(task.recipe.words["train"].values, minlength=13) == 1)
    assert task.rare.nonzero().flatten().tolist() == [i for i in once if not task.recipe.known[i]]
    task.rare[:] = False
    task.rare[11] = True  # the word without a vector
    read = []
    monkeypatch.setattr(task.model, "forward", lambda words, *more: read.append(words) or torch.zeros(*words.shape, 4))
    rows = np.arange(24)
    for training in (True, False):
        task.model.train(training)
        task.read(rows, "train")
    masked, whole = read
    changed = masked != whole
    assert changed.any() and (whole[changed] == 11).all() and (masked[changed] == UNK_ID).all()
    assert (masked == 11).any()  # half of the time it is itself


def test_the_network_begins_with_the_vectors_whatever_the_scale_they_are_kept_in(make):
    for variant, scale in (("bi", 1.0), ("crf", 0.1)):
        task = make("tagging", variant)
        assert task.model.vector_scale == scale
        np.testing.assert_allclose(task.model.words.weight.detach() * scale, task.recipe.vectors, rtol=1e-6)


def test_where_the_variants_differ(make):
    tasks = {variant: make("tagging", variant, hidden_size=8) for variant in ("uni", "uni_wide", "bi", "crf")}
    assert [task.recipe.arguments["hidden_size"] for task in tasks.values()] == [8, 12, 8, 8]
    assert [task.model.recurrent.bidirectional for task in tasks.values()] == [False, False, True, True]
    assert [task.model.crf is not None for task in tasks.values()] == [False, False, False, True]
    assert "characters.json" in tasks["crf"].recipe.assets and "characters.json" not in tasks["bi"].recipe.assets


def test_every_word_is_given_one_tag_in_the_order_of_the_split(make):
    task = make("tagging", "crf")
    task.model.eval()
    predictions = task.test().predictions
    assert [len(row) for row in predictions["predicted"]] == task.gold["test"].lengths.tolist()
    for row, truth in enumerate(predictions["gold"]):
        np.testing.assert_array_equal(truth, task.gold["test"][row])
        with task.job.inference():
            _, logits, lengths = task.read(np.array([row]), "test")
            assert task.model.best(logits, lengths)[0].tolist() == predictions["predicted"][row].tolist()
