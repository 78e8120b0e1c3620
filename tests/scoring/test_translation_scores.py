import numpy as np
import pytest
import sacrebleu

from pipeline.scoring.translation import bleu_scores, bleu_statistics, translation_scores

REFERENCES = [
    "and god said , let there be light : and there was light .",
    "in the beginning god created the heaven and the earth .",
    "the sun's heat is great; it rises early (3.14 times).",
    "amen .",
    "he went up , and they went down to the sea .",
]
HYPOTHESES = [
    "and god said , let there be light and there was light .",
    "in the beginning , god made the heavens and the earth .",
    "the heat of the sun is great ; it rises late",
    "",
    "They went up to the sea , and HE went down .",
]


@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4], [1, 1, 4, 0, 1], [3], [3, 4], [2, 2]])
def test_statistics_of_sentences_add_up_to_sacrebleus_corpus_bleu(rows: list[int]) -> None:
    summed = bleu_statistics(HYPOTHESES, REFERENCES)[rows].sum(axis=0)
    expected = sacrebleu.corpus_bleu([HYPOTHESES[i] for i in rows], [[REFERENCES[i] for i in rows]], lowercase=True)
    assert bleu_scores(summed) == pytest.approx(expected.score)


def test_scores_keep_the_leading_axes() -> None:
    statistics = bleu_statistics(HYPOTHESES, REFERENCES)
    sums = np.stack([[statistics.sum(0), statistics[:2].sum(0)], [statistics[2:].sum(0), statistics[4]]])
    scores = bleu_scores(sums)
    assert scores.shape == (2, 2)
    assert scores[0, 1] == bleu_scores(statistics[:2].sum(0))


def test_a_corpus_is_scored_without_regard_to_case_and_says_how() -> None:
    scores = translation_scores(HYPOTHESES, REFERENCES)
    assert scores["bleu"] == pytest.approx(sacrebleu.corpus_bleu(HYPOTHESES, [REFERENCES], lowercase=True).score)
    assert scores["chrf"] == pytest.approx(
        sacrebleu.corpus_chrf([text.lower() for text in HYPOTHESES], [REFERENCES]).score
    )
    assert "case:lc" in str(scores["bleu_signature"]) and "tok:13a" in str(scores["bleu_signature"])
    assert "nc:6" in str(scores["chrf_signature"])
    assert translation_scores([text.upper() for text in REFERENCES], REFERENCES)["bleu"] == pytest.approx(100)


def test_hypotheses_and_references_must_pair_up() -> None:
    for hypotheses, references in ((HYPOTHESES, REFERENCES[:2]), ([], [])):
        with pytest.raises(ValueError, match="hypotheses for"):
            translation_scores(hypotheses, references)
