"""Every model on a padded batch gives what it gives on the same sequences one at a time."""

import pytest
import torch

from pipeline.models.classifier import Classifier
from pipeline.models.seq2seq import BEGIN, END, Seq2Seq
from pipeline.models.tagger import Tagger

LENGTHS = [6, 1, 4]


def padded(lengths, high, low=1):
    generator = torch.Generator().manual_seed(0)
    rows = [torch.randint(low, high, (length,), generator=generator) for length in lengths]
    return rows, torch.nn.utils.rnn.pad_sequence(rows, batch_first=True), torch.tensor(lengths)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("pooling", ["last", "mean", "sum", "max", "attention"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm", None])
def test_classifier(cell, pooling, bidirectional):
    torch.manual_seed(0)
    model = Classifier(20, 2, 5, 4, 2, bidirectional, cell, pooling, 0.0).eval()
    rows, tokens, lengths = padded(LENGTHS, 20)
    together, _ = model(tokens, lengths)
    alone = [model(row.unsqueeze(0), torch.tensor([len(row)]))[0][0] for row in rows]
    torch.testing.assert_close(together, torch.stack(alone))


@pytest.mark.parametrize("bidirectional", [False, True])
def test_tagger(bidirectional):
    torch.manual_seed(0)
    model = Tagger(20, 7, 9, 5, 3, 4, 2, bidirectional, "lstm", 0.0).eval()
    rows, words, lengths = padded(LENGTHS, 20)
    together = model(words, words % 7, lengths)
    for row, sentence in enumerate(rows):
        alone = model(sentence.unsqueeze(0), (sentence % 7).unsqueeze(0), torch.tensor([len(sentence)]))
        torch.testing.assert_close(together[row, : len(sentence)], alone[0])


def test_tagger_with_characters_and_crf():
    torch.manual_seed(0)
    model = Tagger(20, 7, 9, 5, 3, 4, 1, True, "lstm", 0.0, characters=12, character_size=4, filters=6, crf=True).eval()
    torch.nn.init.normal_(model.crf.transitions)
    rows, words, lengths = padded(LENGTHS, 20)
    _, letters, _ = padded([5, 2, 1, 7] * 5, 12)  # of each of the 20 words
    tags = words % 9
    logits = model(words, words % 7, lengths, letters, words)
    loss, best = model.loss(logits, tags, lengths), model.best(logits, lengths)
    alone = []
    for row, sentence in enumerate(rows):
        (length,) = one = torch.tensor([len(sentence)])
        distinct, spelling = sentence.unsqueeze(0).unique(return_inverse=True)
        short = letters[distinct][:, : (letters[distinct] > 0).sum(1).max()]
        own = model(sentence.unsqueeze(0), (sentence % 7).unsqueeze(0), one, short, spelling)
        torch.testing.assert_close(logits[row, :length], own[0])
        assert torch.equal(best[row, :length], model.best(own, one)[0])
        alone.append(model.loss(own, tags[row : row + 1, :length], one))
    torch.testing.assert_close(loss, torch.stack(alone).sum())


def test_the_padding_of_tags_takes_no_part_in_a_taggers_loss():
    model = Tagger(20, 7, 9, 5, 3, 4, 1, True, "lstm", 0.0)
    logits, tags, lengths = torch.randn(3, 6, 9), torch.randint(9, (3, 6)), torch.tensor(LENGTHS)
    real = torch.arange(6) < lengths.unsqueeze(1)
    expected = torch.nn.functional.cross_entropy(logits[real], tags[real], reduction="sum")
    torch.testing.assert_close(model.loss(logits, tags, lengths), expected)


@pytest.fixture(params=["none", "bahdanau", "luong"])
def translator(request):
    torch.manual_seed(0)
    model = Seq2Seq(20, 15, 6, 8, request.param, 0.0).eval()
    model.stems[10:16] = 4  # the stem of some words
    return model


def test_translator_with_teacher_forcing(translator):
    sources, source, source_lengths = padded(LENGTHS, 20, 4)
    targets, target, _ = padded([2, 5, 3], 15, 4)
    together, weights = translator(source, source_lengths, target)
    for row, (one, other) in enumerate(zip(sources, targets, strict=True)):
        alone, own = translator(one.unsqueeze(0), torch.tensor([len(one)]), other.unsqueeze(0))
        torch.testing.assert_close(together[row, : len(other)], alone[0])
        if weights is not None:
            torch.testing.assert_close(weights[row, : len(other), : len(one)], own[0])
            assert weights[row, :, len(one) :].eq(0).all()


def test_one_step_at_a_time_is_teacher_forcing(translator):
    _, source, lengths = padded(LENGTHS, 20, 4)
    _, target, _ = padded([5, 5, 5], 15, 4)
    whole, _ = translator(source, lengths, target)
    memory, state = translator.encode(source, lengths)
    for step in range(5):
        readout, _, state = translator.decode(target[:, step : step + 1], memory, state)
        torch.testing.assert_close(readout[:, 0], whole[:, step])


def test_generation_does_not_depend_on_the_batch(translator):
    rows, source, lengths = padded(LENGTHS, 20, 4)
    greedy, _ = translator.greedy(source, lengths, 7)
    beam = translator.beam(source, lengths, 7, 3)
    for row, sentence in enumerate(rows):
        alone = sentence.unsqueeze(0), torch.tensor([len(sentence)])
        assert translator.greedy(*alone, 7)[0] == [greedy[row]]
        assert translator.beam(*alone, 7, 3) == [beam[row]]


def test_words_of_a_stem_share_its_vector(translator):
    alone = torch.tensor([[9, 5]]), torch.tensor([2])  # 9 has no stem
    before, _ = translator(*alone, torch.tensor([[BEGIN]]))
    with torch.no_grad():
        translator.source.weight[9] += translator.source.weight[4]
    after, _ = translator(*alone, torch.tensor([[BEGIN]]))
    with torch.no_grad():
        translator.source.weight[9] -= translator.source.weight[4]
    translator.stems[9] = 4
    assert not torch.allclose(before, after)
    torch.testing.assert_close(translator(*alone, torch.tensor([[BEGIN]]))[0], after)


def log_probability(model, source, lengths, words):
    """Per word, end mark included if the translation has one."""
    read = torch.tensor([[BEGIN, *words[:-1]]])
    logits = model.logits(model(source, lengths, read)[0])[0]
    logits[:, [0, 1, 2]] = float("-inf")
    return logits.log_softmax(1)[range(len(words)), words].mean()


def test_beam_of_one_is_greedy_and_a_wide_beam_finds_the_best(translator):
    _, source, lengths = padded([4], 20, 4)
    assert translator.beam(source, lengths, 6, 1) == translator.greedy(source, lengths, 6)[0]
    # Two steps over 15 words can be searched in full: every word is kept by a beam of 15.
    (found,) = translator.beam(source, lengths, 2, 15)
    words = range(3, 15)
    every = [[END]] + [[a, b] for a in words for b in words if a != END]
    best = max(every, key=lambda candidate: log_probability(translator, source, lengths, candidate))
    assert found == [word for word in best if word != END]
