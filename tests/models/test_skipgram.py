"""Skip-gram: the gradient, the pairs, the noise; vectors that know what is alike, and the same bytes everywhere."""

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared.tables import Ragged
from pipeline.exercises.embeddings import word2vec
from pipeline.exercises.embeddings.stage import Word2vec
from pipeline.exercises.embeddings.word2vec import nearest, train
from pipeline.models.skipgram import DRAWS, LENGTH, Pairs, SkipGram

SETTINGS = Word2vec(dimensions=8, window=2, negative=3, epochs=2, seed=1)
KINDS = 5  # of words in the made-up text
TRAIN = """
import hashlib
from tests.models.test_skipgram import KINDS, SETTINGS, made_up, train
print(hashlib.sha256(train(made_up(200), 16 * KINDS, SETTINGS)[0].numpy().tobytes()).hexdigest())
"""


def model(words=12, window=2, negative=3):
    counts = torch.arange(words) * 10
    return SkipGram(counts, 4, window, negative, torch.Generator().manual_seed(0))


def made_up(texts):
    """Texts of one of five kinds, each with 16 words of its own, in any order."""
    draw = np.random.default_rng(0)
    words = draw.integers(0, 16, (texts, 60)) + 16 * draw.integers(0, KINDS, (texts, 1))
    return Ragged(words.ravel().astype(np.int32), np.arange(texts + 1) * 60)


def test_a_step_climbs_the_gradient():
    draw = torch.Generator().manual_seed(1)
    skipgram = model()
    skipgram.others = torch.randn(12, 4, generator=draw)
    words = torch.randint(12, (3, 5), generator=draw)  # with repetitions, across blocks as well
    others = torch.randint(12, (3, 9), generator=draw)
    near = torch.randint(2, (3, 5, 9), generator=draw).float()
    noise = torch.randint(12, (3, 6), generator=draw)
    u, v = skipgram.vectors.clone().requires_grad_(), skipgram.others.clone().requires_grad_()
    objective = torch.zeros(())
    for block, at, other in near.nonzero().tolist():
        word = u[words[block, at]]
        objective = objective + logsigmoid(v[others[block, other]] @ word)
        objective = objective + 3 * logsigmoid(-v[noise[block]] @ word).mean()  # the draws stand for 3 words of noise
    objective.backward()
    skipgram.step(Pairs(words, others, near, noise), 0.1)
    torch.testing.assert_close(skipgram.vectors, (u + 0.1 * u.grad).detach())
    torch.testing.assert_close(skipgram.others, (v + 0.1 * v.grad).detach())


def test_pairs_are_of_words_near_one_another_in_the_same_text():
    counts = torch.full((30_000,), 1)  # no word is frequent
    skipgram = SkipGram(counts, 4, 3, 1, torch.Generator().manual_seed(0))
    lengths = torch.tensor([1, 40, 2, 29])
    text, texts = torch.randperm(len(counts))[: lengths.sum()], torch.arange(4).repeat_interleave(lengths)
    place = {word: at for at, word in enumerate(text.tolist())}
    distances = []
    for _ in range(20):
        seen = []
        for _, pairs in skipgram.epoch(text, texts):
            for block, at, other in pairs.near.nonzero().tolist():
                one, two = place[pairs.words[block, at].item()], place[pairs.others[block, other].item()]
                assert texts[one] == texts[two]
                seen.append((one, two))
                distances.append(abs(one - two))
        assert len(set(seen)) == len(seen)
        close = {(one, two) for one in range(72) for two in (one - 1, one + 1) if 0 <= two < 72}
        assert {pair for pair in close if texts[pair[0]] == texts[pair[1]]} <= set(seen)  # every window reaches so far
    count = np.bincount(distances)
    assert count[0] == 0 and len(count) == 4 and count[1] > count[2] > count[3]  # linear, but for the ends of texts
    assert count[3] / count[1] == pytest.approx(1 / 3, abs=0.05)


def test_no_word_is_its_own_neighbour():
    skipgram = model()
    text = torch.full((50,), 1)
    skipgram.counts = torch.full((12,), 1e6)
    skipgram.counts[1] = 50.0
    assert sum(pairs.near.sum() for _, pairs in skipgram.epoch(text, torch.zeros_like(text))) == 0


def test_frequent_words_are_left_out_and_noise_follows_the_counts():
    counts = torch.tensor([0, 40_000, 10_000, 1])
    skipgram = SkipGram(counts, 4, 1, 1, torch.Generator().manual_seed(0))
    text = torch.arange(4).repeat_interleave(counts)[torch.randperm(50_001, generator=torch.Generator().manual_seed(0))]
    kept = torch.zeros(4)
    for _ in range(20):
        for _, pairs in skipgram.epoch(text, torch.zeros_like(text)):
            kept += torch.bincount(pairs.words.flatten(), minlength=4)
    share = kept / 20 / counts
    assert share[1].item() == pytest.approx((3e-4 / 0.8) ** 0.5, rel=0.1)
    assert share[2].item() == pytest.approx((3e-4 / 0.2) ** 0.5, rel=0.1)
    drawn = torch.bincount(skipgram.noise(1000, DRAWS).flatten(), minlength=4)
    assert drawn[0] == 0 and (drawn[1] / drawn[2]).item() == pytest.approx(4**0.75, rel=0.1)


def test_words_of_like_texts_become_neighbours():
    words = [f"{kind}{word}" for kind in "abcde" for word in range(16)]
    vectors, counts = train(made_up(20_000), 16 * KINDS, SETTINGS)
    assert counts.sum() == 20_000 * 60 and vectors.shape == (80, 8)
    for word in ("a0", "c7", "e15"):
        near = nearest(word, words, vectors)
        assert len(near) == 5 and word not in near and {other[0] for other in near} == {word[0]}


def test_a_text_shorter_than_a_block_trains():
    vectors, _ = train(Ragged(np.array([1, 2, 1], np.int32), np.array([0, 3])), 3, SETTINGS)
    assert LENGTH > 3 and vectors.isfinite().all()


def test_the_vectors_are_the_same_on_one_thread_and_on_two_and_others_with_another_seed():
    found, threads = [], torch.get_num_threads()
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            found.append(train(made_up(200), 16 * KINDS, SETTINGS)[0])
        other, _ = train(made_up(200), 16 * KINDS, SETTINGS.model_copy(update={"seed": 2}))
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*found) and not torch.equal(found[0], other)


def test_the_kernels_that_numpy_picks_change_no_bit(outputs):
    found = set(outputs(TRAIN))
    assert len(found) == 1 and len(found.pop().split()[-1]) == 64


def test_vectors_that_grow_beyond_bounds_are_one_clear_error(monkeypatch):
    monkeypatch.setattr(word2vec, "RATE", 1e30)
    with pytest.raises(PipelineError, match="word2vec diverged: lower embeddings.word2vec.window"):
        train(made_up(20_000), 16 * KINDS, SETTINGS)
