"""BLEU and chrF by sacreBLEU, for a corpus at once or as statistics of its sentences.

BLEU: Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation" (2002); chrF:
Popović, "chrF: character n-gram F-score for automatic MT evaluation" (2015); the signatures that make
two scores comparable: Post, "A Call for Clarity in Reporting BLEU Scores" (2018). Texts are detokenised
(sacreBLEU tokenises them itself, as mteval-v13a does) and case is ignored.
"""

from collections.abc import Sequence

import numpy as np
from sacrebleu.metrics import BLEU, CHRF


def translation_scores(hypotheses: Sequence[str], references: Sequence[str]) -> dict[str, float | str]:
    """Corpus scores of detokenised texts, one reference each.

    Returns:
        {"bleu": 0 to 100, "chrf": 0 to 100, "bleu_signature", "chrf_signature": how they were computed}.

    Raises:
        ValueError: the numbers of texts differ, or there are none.
    """
    if len(hypotheses) != len(references) or not hypotheses:
        raise ValueError(f"{len(hypotheses)} hypotheses for {len(references)} references")
    bleu, chrf = BLEU(lowercase=True, force=True), CHRF(lowercase=True)
    return {
        "bleu": bleu.corpus_score(hypotheses, [references]).score,
        "chrf": chrf.corpus_score(hypotheses, [references]).score,
        "bleu_signature": str(bleu.get_signature()),
        "chrf_signature": str(chrf.get_signature()),
    }


def sentence_chrf(hypothesis: str, reference: str) -> float:
    """chrF of one sentence, 0 to 100."""
    return float(CHRF(lowercase=True).sentence_score(hypothesis, [reference]).score)


def bleu_statistics(hypotheses: Sequence[str], references: Sequence[str]) -> np.ndarray:
    """What BLEU adds up over sentences: `bleu_scores` of the sum over any sentences is their corpus BLEU.

    Returns:
        (sentences, 10) int64: words of the hypothesis, words of the reference, n-grams that match
        (n = 1 to 4), n-grams of the hypothesis (n = 1 to 4).
    """
    bleu = BLEU(lowercase=True, effective_order=True)  # the order affects the sentence's score, not its counts
    rows = []
    for hypothesis, reference in zip(hypotheses, references, strict=True):
        score = bleu.sentence_score(hypothesis, [reference])
        rows.append([score.sys_len, score.ref_len, *score.counts, *score.totals])
    return np.array(rows, dtype=np.int64).reshape(-1, 10)


def bleu_scores(statistics: np.ndarray) -> np.ndarray:
    """Corpus BLEU, 0 to 100, of summed statistics: (..., 10) to (...)."""
    rows = np.asarray(statistics).astype(np.int64).reshape(-1, 10).tolist()
    scores = [
        BLEU.compute_bleu(row[2:6], row[6:10], sys_len=row[0], ref_len=row[1], smooth_method="exp").score
        for row in rows
    ]
    return np.array(scores, dtype=np.float64).reshape(np.shape(statistics)[:-1])
