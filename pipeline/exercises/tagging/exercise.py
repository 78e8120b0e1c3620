"""Exercise 10: what is asked of its results."""

from pipeline.declaration import F1, PARAMETERS, Comparison, Exercise, per_cent
from pipeline.exercises.tagging.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="10",
    question="Named entities: one direction, both, and both with characters and a CRF.",
    columns=(F1, per_cent("precision"), per_cent("recall"), PARAMETERS),
    block=15,  # sentences of an article, which has about so many
    comparisons=(
        Comparison(
            name="direction",
            metric="f1",
            question="Does reading a sentence in both directions find named entities better than reading it in one?",
            pairs=(("bi", "uni"), ("bi", "uni_wide"), ("crf", "bi")),
            headlines=(("bi", "uni"), ("bi", "uni_wide")),
        ),
    ),
    command="tagging",
)
