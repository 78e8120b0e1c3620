"""N-grams: against Kneser-Ney smoothing by dictionaries, and in place of a language model."""

from collections import defaultdict

import numpy as np
import pytest
import torch

from pipeline.models.ngram import NGram, counted

VOCABULARY = 7


def text(count, seed=0):
    """Ids from 1 on, such that some follow one another more often than others."""
    draw = np.random.default_rng(seed)
    ids = [1]
    for _ in range(count - 1):
        ids.append(1 + (ids[-1] * 2 + int(draw.integers(0, 3)) ** 2) % (VOCABULARY - 2))  # the last id never occurs
    return np.array(ids, np.uint8)


def fitted(order, read):
    model = NGram(VOCABULARY, order)
    model.load_state_dict(counted(read, VOCABULARY, order))
    return model


def by_dictionaries(read, order):
    """P(token | context) as a function, from counts in dictionaries."""
    read = tuple(int(token) for token in read)
    counts = [defaultdict(int) for _ in range(order + 1)]
    for at in range(len(read) - order + 1):
        counts[order][read[at : at + order]] += 1
    for k in range(order - 1, 0, -1):
        for gram in counts[k + 1]:
            counts[k][gram[1:]] += 1  # once for every different token before it
    discounts = []
    for table in counts:
        n = [sum(count == times for count in table.values()) + 1.0 for times in range(5)]
        y = n[1] / (n[1] + 2 * n[2])
        discounts.append([0.0, *(max(0.1, t - (t + 1) * y * n[t + 1] / n[t]) for t in (1, 2, 3))])

    def probability(context, token):
        k = len(context) + 1
        shorter = probability(context[1:], token) if context else 1 / VOCABULARY
        after = {gram[-1]: count for gram, count in counts[k].items() if gram[:-1] == context}
        if not after:
            return shorter
        cut = {other: discounts[k][min(count, 3)] for other, count in after.items()}
        total = sum(after.values())
        own = (after[token] - cut[token]) / total if token in after else 0.0
        return own + sum(cut.values()) / total * shorter

    return probability


@pytest.mark.parametrize("order", [2, 3, 4])
def test_probabilities_are_those_of_dictionaries(order):
    read, unseen = text(300), text(40, seed=1)
    model, expected = fitted(order, read), by_dictionaries(read, order)
    unseen[10], unseen[20] = VOCABULARY - 1, 0  # one that the text does not have, and the unknown one
    tokens = torch.from_numpy(unseen.astype(np.int64))
    features, _ = model(tokens[None, :-1])
    logs = model.log_probabilities(features[0])
    for at in range(len(tokens) - 1):
        context = (*[0] * (order - 2 - at), *unseen[max(0, at + 2 - order) : at + 1].tolist())
        for token in range(VOCABULARY):
            assert logs[at, token].exp().item() == pytest.approx(expected(context, token), rel=1e-5)
    torch.testing.assert_close(logs.exp().sum(1), torch.ones(len(tokens) - 1))
    nats = model.nats(features[0], tokens[1:])
    torch.testing.assert_close(nats.float(), -logs[torch.arange(len(tokens) - 1), tokens[1:]])
    assert model.guesses(features[0]).equal(logs.argmax(1))


def test_its_state_is_the_last_tokens():
    model, tokens = fitted(4, text(200)), torch.from_numpy(text(30, seed=2).astype(np.int64)).view(2, 15)
    whole, after = model(tokens)
    first, state = model(tokens[:, :2])  # fewer than a context has
    second, state = model(tokens[:, 2:], state=state)
    assert torch.cat([first, second], 1).equal(whole) and state.equal(after) and after.equal(tokens[:, -3:])


def test_a_text_of_one_token_leaves_something_to_the_others():
    model = fitted(3, np.ones(10, np.uint8))
    logs = model.log_probabilities(torch.tensor([[1, 1], [2, 2]]))
    assert logs.isfinite().all() and logs.argmax(1).tolist() == [1, 1]


def test_more_ngrams_than_numbers_are_refused():
    with pytest.raises(ValueError, match="lower the order"):
        NGram(15_000, 5)
