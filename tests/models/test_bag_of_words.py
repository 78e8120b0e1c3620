"""TF-IDF against scikit-learn's, over the same words and pairs."""

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from pipeline.corpora.prepared.tables import Ragged
from pipeline.exercises.sentiment.linear import features_of, matrix
from pipeline.models.bag_of_words import BagOfWords, counted

VOCABULARY = 9


@pytest.fixture
def reviews() -> Ragged:
    draw = np.random.default_rng(0)
    rows = [draw.integers(1, VOCABULARY, draw.integers(1, 12)).astype(np.int32) for _ in range(300)]
    return Ragged(np.concatenate(rows), np.cumsum([0, *map(len, rows)]))


def test_equals_scikit_learn(reviews: Ragged) -> None:
    keys, reviews_with = features_of(reviews, VOCABULARY, 100)
    model = BagOfWords(VOCABULARY, len(keys))
    model.set_features(keys, reviews_with, of=len(reviews))
    texts = [" ".join(f"w{token}" for token in reviews[row]) for row in range(len(reviews))]
    oracle = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True)
    expected = oracle.fit_transform(texts).toarray()
    ids = [[int(word[1:]) for word in name.split()] for name in oracle.get_feature_names_out()]
    order = np.argsort([one[0] if len(one) == 1 else VOCABULARY * (1 + one[0]) + one[1] for one in ids])
    np.testing.assert_allclose(matrix(model, reviews, 100).toarray(), expected[:, order], atol=1e-6)


def test_the_score_is_the_weights_on_the_features(reviews: Ragged) -> None:
    keys, reviews_with = features_of(reviews, VOCABULARY, 4)
    model = BagOfWords(VOCABULARY, len(keys))
    model.set_features(keys, reviews_with, of=len(reviews))
    model.set_weights(np.random.default_rng(1).normal(size=len(keys)), np.array([0.5]))
    expected = matrix(model, reviews, 4) @ model.weight.detach().numpy() + 0.5
    for row in range(20):  # one at a time, against all in padded batches
        tokens = torch.from_numpy(reviews[row][-4:].astype(np.int64)).unsqueeze(0)
        logits, _ = model(tokens, torch.tensor([tokens.shape[1]]))
        np.testing.assert_allclose((logits[0, 1] - logits[0, 0]).item(), expected[row], atol=1e-5)


def test_padding_is_no_word() -> None:
    rows, keys, counts = counted(torch.tensor([[3, 3, 3], [5, 0, 0]]), torch.tensor([3, 1]), VOCABULARY)
    pair = VOCABULARY * (1 + 3) + 3
    assert [rows.tolist(), keys.tolist(), counts.tolist()] == [[0, 0, 1], [3, pair, 5], [3, 2, 1]]
