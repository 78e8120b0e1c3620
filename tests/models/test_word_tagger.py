"""Taggers without recurrence: what they count and read."""

import torch

from pipeline.models.word_tagger import AFFIXES, CommonestTagger, LinearTagger, affixes, shifted

TAGS = ["O", "B-LOC", "B-PER", "I-PER"]
LOWER, TITLE, UPPER = 1, 2, 3
MAY, SAID, PARIS, RARE, NEW = 2, 3, 4, 5, 6


def fitted():
    seen = [
        (MAY, LOWER, "O"), (MAY, LOWER, "O"), (MAY, TITLE, "B-PER"), (SAID, LOWER, "O"), (PARIS, TITLE, "B-LOC"),
        (PARIS, TITLE, "B-LOC"), (PARIS, TITLE, "I-PER"), (RARE, TITLE, "I-PER"),
    ]  # fmt: skip
    model = CommonestTagger(vocabulary=7, cases=4, tags=TAGS)
    model.fit(torch.tensor([row[:2] for row in seen]), torch.tensor([TAGS.index(row[2]) for row in seen]))
    return model


def tagged(model, *words):
    read, cases = torch.tensor([words]).unbind(2)
    lengths = torch.tensor([len(words)])
    return [TAGS[tag] for tag in model.best(model(read, cases, lengths), lengths)[0]]


def test_a_word_has_its_commonest_type_as_it_is_spelt_else_in_any_spelling():
    model = fitted()
    assert tagged(model, (MAY, LOWER), (MAY, TITLE), (PARIS, TITLE)) == ["O", "B-PER", "B-LOC"]
    assert tagged(model, (MAY, UPPER), (PARIS, UPPER)) == ["O", "B-LOC"]


def test_a_new_word_is_what_words_seen_once_are_in_its_spelling():
    model = fitted()
    assert tagged(model, (NEW, TITLE)) == ["B-PER"]
    assert tagged(model, (NEW, LOWER)) == ["O"]


def test_neighbours_of_one_type_are_one_entity():
    assert tagged(fitted(), (NEW, TITLE), (RARE, TITLE), (SAID, LOWER), (RARE, TITLE)) == [
        "B-PER",
        "I-PER",
        "O",
        "B-PER",
    ]


def test_shifting_reads_neighbours_and_nothing_beyond_the_ends():
    values = torch.tensor([[1, 2, 3]])
    assert [shifted(values, offset)[0].tolist() for offset in (-2, -1, 0, 1, 2)] == [
        [0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 0], [3, 0, 0],
    ]  # fmt: skip
    assert shifted(torch.tensor([[5]]), 2).tolist() == shifted(torch.tensor([[5]]), -2).tolist() == [[0]]


def test_affixes_are_alike_where_words_begin_or_end_alike():
    found = affixes(torch.tensor([[3, 4, 5, 6, 7], [3, 4, 9, 6, 7], [6, 7, 0, 0, 0], [7, 7, 0, 0, 0]]))
    alike = found.unsqueeze(0) == found.unsqueeze(1)  # (words, words, affixes): beginnings, then ends
    assert alike[0, 1].tolist() == [True, True, False, False] + [True, True, False, False]
    assert alike[0, 2].tolist() == [False] * 4 + [True, True, False, False]  # whole words are not parts of longer ones
    assert not (found[:, :AFFIXES].unsqueeze(2) == found[:, AFFIXES:].unsqueeze(1)).any()  # a beginning is no end
    assert torch.equal(affixes(torch.tensor([[6, 7]])), affixes(torch.tensor([[6, 7, 0, 0, 0, 0]])))


def test_the_linear_model_on_padded_batches_equals_single_sentences():
    torch.manual_seed(0)
    model = LinearTagger(vocabulary=20, cases=7, tags=4, buckets=64)
    torch.nn.init.normal_(model.weight)
    rows = [torch.randint(1, 20, (length,)) for length in (6, 1, 4)]
    words, lengths = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True), torch.tensor([6, 1, 4])
    letters = torch.randint(1, 12, (20, 5))
    together = model(words, words % 7, lengths, letters, words)
    for row, sentence in enumerate(rows):
        one = sentence.unsqueeze(0)
        alone = model(one, one % 7, lengths[row : row + 1], letters, one)
        torch.testing.assert_close(together[row, : len(sentence)], alone[0])
