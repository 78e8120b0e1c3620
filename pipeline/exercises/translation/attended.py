"""The attention weights that the trainings kept of some test sentences, as the report reads them."""

import numpy as np

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json
from pipeline.core.stage import extra_of
from pipeline.corpora.prepared.specials import UNK
from pipeline.scoring.metrics import AGAIN

Sentence = tuple[str, ...]
Attended = tuple[list[str], np.ndarray]  # target words, and their weights (target words, source words)
Kept = dict[str, dict[Sentence, Attended]]  # by variant


def shared_sentences(exercise: str, kept: Kept) -> dict[Sentence, dict[str, Attended]]:
    """The sentences that all variants kept: source words -> variant -> target words and weights.

    Those without an unknown word come first, otherwise in the order of the file.

    Raises:
        PipelineError: no sentence is in all files.
    """
    shared = [source for source in next(iter(kept.values())) if all(source in of for of in kept.values())]
    if any(kept.values()) and not shared:
        raise PipelineError(f"data/attention/{exercise}: {' and '.join(kept)} kept no sentence in common; {AGAIN}")
    shared.sort(key=lambda source: UNK in source)  # stable
    return {source: {variant: of[source] for variant, of in kept.items()} for source in shared}


def kept_sentences(exercise: str, variant: str) -> dict[Sentence, Attended]:
    """The sentences whose weights a variant kept.

    Raises:
        PipelineError: the file is missing, or its weights do not fit its words.
    """
    path, found = extra_of("attention", exercise, variant), {}
    for record in read_json(path):
        try:
            source, target, weights = record["source"], record["target"], np.array(record["weights"], np.float64)
        except (KeyError, TypeError, ValueError) as error:
            raise PipelineError(f"{path} is not a list of source, target and weights ({error}); {AGAIN}") from None
        if weights.shape != (len(target), len(source)) or not np.isfinite(weights).all():
            raise PipelineError(f"{path}: weights of shape {weights.shape} do not fit their words; {AGAIN}")
        found[tuple(source)] = (target, weights)
    return found
