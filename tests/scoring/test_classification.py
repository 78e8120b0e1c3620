import numpy as np
from sklearn.metrics import confusion_matrix

from pipeline.scoring.classification import confusion


def test_counts_are_those_of_scikit_learn_even_for_classes_that_never_occur() -> None:
    random = np.random.default_rng(0)
    gold, guesses = random.integers(0, 3, 50).astype(np.int8), random.integers(0, 4, 50).astype(np.int8)
    found = confusion(gold, guesses, ("a", "b", "c", "d", "e"))
    assert found["labels"] == ["a", "b", "c", "d", "e"]
    assert found["counts"] == confusion_matrix(gold, guesses, labels=range(5)).tolist()
