"""The baseline of exercise 3 without a recurrent network: which words and pairs it knows, and how it is fitted."""

import warnings
from collections.abc import Iterator

import numpy as np
from torch import Tensor

from pipeline.corpora.prepared.batching import ordered, pad
from pipeline.corpora.prepared.tables import Ragged
from pipeline.models.bag_of_words import BagOfWords, counted

COMMON = 3  # what is in fewer training reviews is no feature
STRENGTHS = (4.0, 16.0, 64.0)  # C, the inverse strength of the L2 penalty; validation chooses among them
TOLERANCE, PASSES = 1e-3, 40  # of the solver, for each of them


def features_of(reviews: Ragged, vocabulary: int, max_length: int) -> tuple[np.ndarray, np.ndarray]:
    """The keys of common words and pairs, ascending, and how many reviews have each: (features,) int64 both."""
    found = [counted(*padded, vocabulary)[1].numpy() for _, padded in batches(reviews, max_length)]
    keys, reviews_with = np.unique(np.concatenate(found), return_counts=True)
    common = reviews_with >= COMMON
    return keys[common], reviews_with[common]


def fit(
    model: BagOfWords, reviews: dict[str, Ragged], labels: dict[str, np.ndarray], max_length: int, seed: int
) -> None:
    """Fit the weights to the training reviews, with the penalty under which most validation reviews are right.

    By SAGA (Defazio et al. 2014), whose loops call no BLAS: the weights are the same bytes whichever kernels a BLAS
    picks for the processor. The seed decides in which order it reads the reviews.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    train, validation = (matrix(model, reviews[split], max_length) for split in ("train", "validation"))
    regression = LogisticRegression(solver="saga", tol=TOLERANCE, max_iter=PASSES, random_state=seed, warm_start=True)
    best = -1.0
    for strength in STRENGTHS:  # from the smallest: its weights are a good beginning for the next
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the passes are limited on purpose
            regression.set_params(C=strength).fit(train, labels["train"])
        accuracy = regression.score(validation, labels["validation"])
        if accuracy > best:
            best = accuracy
            model.set_weights(regression.coef_[0], regression.intercept_)


def matrix(model: BagOfWords, reviews: Ragged, max_length: int):  # type: ignore[no-untyped-def]  # scipy has no types
    """The features of reviews as a sparse matrix (reviews, features) float32."""
    from scipy.sparse import csr_array

    parts = [
        (batch, *(part.numpy() for part in model.tf_idf(*padded))) for batch, padded in batches(reviews, max_length)
    ]
    rows = np.concatenate([batch[rows] for batch, rows, _, _ in parts])
    columns, values = (np.concatenate([part[i] for part in parts]) for i in (2, 3))
    places = rows.astype(np.int32), columns.astype(np.int32)  # the solver takes no others
    return csr_array((values, places), shape=(len(reviews), len(model.keys)))


def batches(reviews: Ragged, max_length: int) -> Iterator[tuple[np.ndarray, tuple[Tensor, Tensor]]]:
    """Row numbers of batches that together have every review once, with their padded tokens and lengths."""
    for batch in ordered(np.minimum(reviews.lengths, max_length), 256):
        yield batch, pad(reviews, batch, max_length)
