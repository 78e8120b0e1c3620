"""Tagging: which words have vectors, which stand for unknown ones in training, and where the variants differ."""

import numpy as np
import pytest
import torch

from pipeline.corpora.prepared.specials import UNK_ID
from pipeline.corpora.prepared.tables import Ragged
from pipeline.exercises.tagging.words import words_with_vectors
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
    for scale in (1.0, 0.1):
        task = make("tagging", "bi", vector_rate=scale)
        assert task.model.vector_scale == scale
        np.testing.assert_allclose(task.model.words.weight.detach() * scale, task.recipe.vectors, rtol=1e-6)


def test_recurrent_variants_differ_in_what_they_are_named_after_alone(make):
    names = ("uni", "uni_wide", "bi", "bi_characters", "bi_crf", "bi_characters_crf")
    recipes = {variant: make("tagging", variant, hidden_size=8).recipe for variant in names}
    assert len({str(recipe.settings) for recipe in recipes.values()}) == 1
    bi = recipes["bi"].arguments
    differences = {
        name: {key for key in bi.keys() | recipe.arguments.keys() if bi.get(key) != recipe.arguments.get(key)}
        for name, recipe in recipes.items()
    }
    characters = {"characters", "character_size", "filters"}
    assert differences == {
        "uni": {"bidirectional"},
        "uni_wide": {"bidirectional", "hidden_size"},
        "bi": set(),
        "bi_characters": characters,
        "bi_crf": {"crf"},
        "bi_characters_crf": characters | {"crf"},
    }
    assert recipes["uni_wide"].arguments["hidden_size"] == 12
    assert [name for name, recipe in recipes.items() if "characters.json" in recipe.assets] == [
        "bi_characters", "bi_characters_crf",
    ]  # fmt: skip


def test_the_linear_model_learns_tags_that_follow_from_the_word(make):
    task = make("tagging", "linear")
    task.gold["train"] = Ragged(task.recipe.words["train"].values % 3, task.gold["train"].offsets)  # of the word's own
    task.train()
    scores, found = task.evaluate("train")
    assert scores["f1"] == 1.0
    assert all((row % 3 == guess).all() for row, guess in zip(found["gold"], found["predicted"], strict=True))


@pytest.mark.parametrize("variant", ["commonest", "linear", "bi_characters_crf"])
def test_every_word_is_given_one_tag_in_the_order_of_the_split(make, variant):
    task = make("tagging", variant)
    task.model.eval()
    predictions = task.test().predictions
    assert [len(row) for row in predictions["predicted"]] == task.gold["test"].lengths.tolist()
    for row, truth in enumerate(predictions["gold"]):
        np.testing.assert_array_equal(truth, task.gold["test"][row])
        with task.job.inference():
            _, logits, lengths = task.read(np.array([row]), "test")
            assert task.model.best(logits, lengths)[0].tolist() == predictions["predicted"][row].tolist()
