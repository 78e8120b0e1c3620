"""The tagger of exercise 10 that reads without recurrence: how it is fitted."""

import numpy as np
import torch
from torch import Tensor

from pipeline.exercises.tagging.stage import Linear
from pipeline.models.word_tagger import LinearTagger

NEVER = -1e4  # a score that no sum of others reaches


def fit(model: LinearTagger, rows: Tensor, tags: Tensor, settings: Linear, seed: int) -> None:
    """Fit each tag against the others by logistic regression, with stochastic gradient descent (Bottou 2010).

    The features are sparse, so that scikit-learn's own loops do the work: no kernel of a BLAS, no number of threads
    changes a bit of it.

    Args:
        rows: (words, features) int64, the rows of the model's weight that speak at each word.
        tags: (words,) int64.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import SGDClassifier

    words, features = rows.shape
    ends = np.arange(0, words * features + 1, features)
    data = csr_matrix((np.ones(words * features), rows.flatten().numpy(), ends), (words, model.features))
    solver = SGDClassifier(
        loss="log_loss", alpha=settings.penalty, max_iter=settings.passes, tol=None, random_state=seed
    )
    solver.fit(data, tags.numpy())
    model.bias.data.fill_(NEVER)  # of a tag that no word has
    model.bias.data[solver.classes_] = torch.from_numpy(solver.intercept_).float()
    model.weight.data[:, solver.classes_] = torch.from_numpy(solver.coef_.T).float()
