"""How tagged sentences are shown."""

import pytest

from pipeline.exercises.tagging.command import marked


@pytest.mark.parametrize(("tags", "expected"), [
    ("B-PER I-PER O O B-LOC O", "[Marie Curie PER] left for [Paris LOC]."),
    ("B-PER B-PER O O O O", "[Marie PER] [Curie PER] left for Paris."),
    ("O I-ORG O O B-LOC I-LOC", "Marie [Curie ORG] left for [Paris. LOC]"),
])  # fmt: skip
def test_entities_are_marked(tags, expected):
    assert marked(["Marie", "Curie", "left", "for", "Paris", "."], tags.split()) == expected
