"""Language models: the state carried on, padding, probabilities, the nucleus, generation."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.models.language_model import LanguageModel, generate, nucleus, score_text
from pipeline.scoring.next_token import sum_rows, totals
from pipeline.training.task import Job

JOB = Job(1, Path(), torch.device("cpu"), "fp32")


def language_model(cutoffs=()):
    torch.manual_seed(0)
    return LanguageModel(30, 5, 16, 2, 0.0, cutoffs).eval()


def ids(count, seed=0):
    return np.random.default_rng(seed).integers(3, 30, count).astype(np.uint8)


@torch.inference_mode()
def test_windows_with_carried_state_are_one_long_sequence():
    model, tokens = language_model(), torch.from_numpy(ids(40).astype(np.int64)).view(2, 20)
    whole, (hidden, cell) = model(tokens)
    first, state = model(tokens[:, :7])
    second, state = model(tokens[:, 7:], state=state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(state, (hidden, cell))


@torch.inference_mode()
def test_padded_batches_with_carried_state_are_single_sequences():
    model = language_model()
    tokens = torch.from_numpy(ids(24).astype(np.int64)).view(3, 8)
    lengths, state = torch.tensor([8, 1, 5]), None
    for _ in range(2):  # the second time from the states of the first
        together, after = model(tokens, lengths, state)
        for row, length in enumerate(lengths):
            own = None if state is None else tuple(part[:, row : row + 1].contiguous() for part in state)
            alone, final = model(tokens[row : row + 1, :length], state=own)
            torch.testing.assert_close(together[row, :length], alone[0])
            torch.testing.assert_close(tuple(part[:, row : row + 1] for part in after), final)
        state = after


def test_gradients_end_where_a_batch_begins():
    model = language_model()
    _, state = model(torch.tensor([[3, 4]]))
    features, _ = model(torch.tensor([[5]]), state=state)
    features.sum().backward()
    assert model.embedding.weight.grad[[3, 4]].eq(0).all() and model.embedding.weight.grad[5].ne(0).any()


@pytest.mark.parametrize("cutoffs", [(), (4, 10), (15, 100)])
@torch.inference_mode()
def test_probabilities_losses_and_guesses_agree(cutoffs):
    model = language_model(cutoffs)
    features, targets = torch.randn(50, 16) * 5, torch.from_numpy(ids(50).astype(np.int64))
    logs = model.log_probabilities(features)
    torch.testing.assert_close(logs.exp().sum(1), torch.ones(50))
    torch.testing.assert_close(model.nats(features, targets), -logs[torch.arange(50), targets])
    assert model.guesses(features).equal(logs.argmax(1))


@torch.inference_mode()
def brute_force(model, tokens):
    """Nats and hits of every token but the first, each from all tokens before it."""
    logs = [model.log_probabilities(model(tokens[None, :i])[0][:, -1])[0] for i in range(1, len(tokens))]
    nats = [-step[token].item() for step, token in zip(logs, tokens[1:], strict=True)]
    return np.array(nats), np.array([step.argmax() == token for step, token in zip(logs, tokens[1:], strict=True)])


@pytest.mark.parametrize("cutoffs", [(), (4, 10)])
@pytest.mark.parametrize(("parts", "lead", "window"), [(1, 0, 7), (1, 5, 100), (3, 8, 5), (4, 3, 1), (50, 2, 500)])
@torch.inference_mode()
def test_every_token_of_a_text_but_the_first_is_predicted_once(cutoffs, parts, lead, window):
    """From all before it, or, where the text is read in parts, from as many as `lead` and more."""
    model, text = language_model(cutoffs), torch.from_numpy(ids(25).astype(np.int64))
    nats, right = score_text(model, text, parts, lead, window)
    size = -(-24 // parts)
    for at in range(24):
        starts = [min(start, max(0, 24 - size - lead)) for start in range(0, 24, size)]
        begin = min(start for start in starts if start <= at < start + size + lead)
        assert begin == 0 or at - begin >= lead
        expected, hit = brute_force(model, text[begin : at + 2])
        assert nats[at].item() == pytest.approx(expected[-1], rel=1e-5) and right[at] == hit[-1]


def test_rows_add_up():
    nats, right = np.arange(450.0), np.arange(450) % 3 == 0
    rows = sum_rows(nats, right, np.arange(0, 450, 200))
    assert rows["tokens"].tolist() == [200, 200, 50] and rows["tokens"].dtype == np.int32
    assert rows["nats"].tolist() == [nats[:200].sum(), nats[200:400].sum(), nats[400:].sum()]
    assert totals(rows) == {"nats": nats.mean(), "loss": nats.mean(), "accuracy": right.mean()}


def test_the_nucleus_is_the_smallest_set_that_holds_enough():
    probability = torch.tensor([[0.1, 0.5, 0.15, 0.25], [0.97, 0.01, 0.01, 0.01]])
    assert nucleus(probability, 0.7).equal(torch.tensor([[0, 0.5, 0, 0.25], [0.97, 0, 0, 0]]))
    assert nucleus(probability, 0.8).gt(0).sum(1).tolist() == [3, 1]
    assert nucleus(probability, 1.0).equal(probability)
    generator = torch.Generator().manual_seed(0)
    for row in (3 * torch.rand(100, 8, generator=generator)).softmax(1):
        for top_p in (0.1, 0.25, 0.5, 0.9):
            kept = nucleus(row[None], top_p)[0]
            assert kept.sum() >= top_p - 1e-6
            assert kept.sum() - kept[kept > 0].min() < top_p  # without its least likely one it holds too little
            assert row[kept > 0].min() >= row[kept == 0].max()


def test_generation_depends_on_its_generator_alone():
    model = language_model()

    def text(seed, temperature=1.0, top_p=None, never=(0,)):
        generator = torch.Generator().manual_seed(seed)
        return list(islice(generate(model, [4, 5], temperature, top_p, generator, never), 40))

    first = text(1)
    torch.manual_seed(99)
    assert text(1) == first != text(2)
    assert set(text(1, never=range(29))) == {29}
    greedy, tokens = text(1, temperature=1e-4), torch.tensor([[4, 5]])
    assert greedy == text(2, top_p=1e-6)  # only the most probable one is left
    for token in greedy[:5]:  # and each is what the model says after all before it
        assert model.log_probabilities(model(tokens)[0][:, -1])[0, 1:].argmax() + 1 == token
        tokens = torch.cat([tokens, torch.tensor([[token]])], 1)
