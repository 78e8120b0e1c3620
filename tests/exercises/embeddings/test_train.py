"""Embeddings: where vectors come from, and when they are trained."""

import numpy as np
import pytest
import torch

from pipeline.core.errors import PipelineError
from pipeline.core.params import checked, section
from pipeline.exercises.embeddings.stage import STAGE, Own, Settings
from pipeline.exercises.embeddings.train import recipe
from tests.exercises.conftest import SHIPPED


def weight(task):
    """The vectors that the network reads, (vocabulary, size)."""
    return task.model.embedding.weight.detach().clone()


def test_given_vectors_are_what_the_network_begins_with(make):
    for variant in STAGE.variants:
        task = make("embeddings", variant)
        if task.recipe.vectors is None:
            assert variant.startswith("random")
            continue
        assert torch.equal(weight(task), torch.from_numpy(task.recipe.vectors))
        assert task.recipe.vectors[1:].std() == pytest.approx(1, abs=1e-5) and not task.recipe.vectors[0].any()


@pytest.mark.parametrize(
    ("variant", "epochs"),
    [("glove_trained", [1, 2]), ("glove_longer", [1, 2]), ("glove_gradual", [2]), ("word2vec_frozen", [])],
)
def test_vectors_change_while_they_are_trained(make, variant, epochs):
    task = make("embeddings", variant, epochs=1)  # of 2 that the longer ones have
    before, changed = weight(task), []
    for epoch in (1, 2):
        task.begin_epoch(epoch)
        optimizer = torch.optim.SGD(task.model.parameters(), lr=0.1)
        for batch in task.batches(np.random.default_rng(1)):
            optimizer.zero_grad(set_to_none=True)
            task.loss(batch).summed.backward()
            optimizer.step()
        if not torch.equal(weight(task), before):
            changed.append(epoch)
    assert changed == epochs


def test_what_learns_at_the_end_is_counted(make):
    counts = {}
    for variant in ("glove_trained", "glove_frozen", "glove_gradual"):
        task = make("embeddings", variant, epochs=1)
        task.train()
        counts[variant] = task.test().scores["trainable_parameters"]
    everything = sum(p.numel() for p in task.model.parameters())
    vectors = weight(task).numel()
    assert counts == {"glove_trained": everything, "glove_frozen": everything - vectors, "glove_gradual": everything}


def test_a_variant_reads_the_pretrained_vectors_only_if_it_begins_with_them(make):
    assert make("embeddings", "glove_frozen").recipe.corpora == ("imdb", "vectors")
    assert make("embeddings", "word2vec_frozen").recipe.corpora == ("imdb",)


def test_variants_have_their_own_epochs_and_rates(make):
    make("embeddings", "glove_trained")  # and what all of them read
    own = {"frozen": Own(epochs=7, learning_rate=0.5), "longer": Own(epochs=5, learning_rate=0.25)}
    values = {"epochs": 3, "learning_rate": 0.1, **own}
    settings = section("embeddings", Settings, SHIPPED).model_copy(update=values)
    for variant, epochs, rate, frozen in (
        ("glove_trained", 3, 0.1, 0), ("glove_frozen", 7, 0.5, 7), ("glove_gradual", 5, 0.25, 2),
        ("glove_longer", 5, 0.25, 0),
    ):  # fmt: skip
        made = recipe(variant, settings)
        assert (made.settings.epochs, made.settings.learning_rate, made.frozen_epochs) == (epochs, rate, frozen)


def test_gradual_vectors_must_thaw_later_than_at_once():
    values = section("embeddings", Settings, SHIPPED).model_dump()
    values["longer"]["epochs"] = values["epochs"]
    with pytest.raises(PipelineError, match=r"longer\.epochs must be more than epochs"):
        checked(Settings, values, SHIPPED, "embeddings")
