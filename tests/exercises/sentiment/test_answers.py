"""Reviews are read as in training."""

from pipeline.exercises.sentiment.answers import clean


def test_reviews_are_cleaned_as_for_training():
    from pipeline.corpora import imdb

    for text in ("plain  text\n", "a <br /><br />b", "1 < 2 <i>so</i>", "caf\x85", ""):
        assert clean(text) == imdb.clean(text)
