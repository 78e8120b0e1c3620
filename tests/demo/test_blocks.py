"""Words are shown as running text, marked and weighted where they should be."""

import numpy as np

from pipeline.demo.blocks import per_cent, running
from pipeline.registry import part


def test_tokens_are_running_text_and_escaped():
    assert running(["(", "a", "<b", ")", ",", "c", "."]) == "(a &lt;b), c."
    assert running([]) == "" and running(["a", "b"], lambda place, word: f"{place}<") == "0&lt; 1&lt;"
    assert (per_cent(0.966, "en"), per_cent(0.966, "es")) == ("97%", "97\u00a0%")


def test_entities_are_marked_and_those_that_one_network_alone_finds_stand_out():
    marked = part("tagging", "demo").marked
    text = marked(["Eva", "Paz", "saw", "Rome", "."], [("PER", 0, 2), ("LOC", 3, 4)], {("LOC", 3, 4)})
    assert text == (
        '<p class="tagged"><mark class="PER alone">Eva Paz <b>PER</b></mark> saw '
        '<mark class="LOC">Rome <b>LOC</b></mark>.</p>'
    )


def test_a_word_has_its_weights_on_the_words_of_the_other_row():
    shown = part("translation", "demo").looks(["dios", "<unk>"], ["god", "is", "<eos>"], np.eye(3)[:, :2], "es")
    assert 'data-row="target" data-weights="0.00 1.00">is<' in shown
    assert 'data-row="source" data-weights="0.00 1.00 0.00">(?)<' in shown and ">■<" in shown
