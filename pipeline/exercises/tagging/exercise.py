"""Exercise 10: what is asked of its results."""

from pipeline.declaration import F1, PARAMETERS, Comparison, Exercise, per_cent
from pipeline.exercises.tagging.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="10",
    question="Named entities: one direction, both, what characters and a CRF add, and models without recurrence.",
    columns=(F1, per_cent("precision"), per_cent("recall"), PARAMETERS),
    block=15,  # sentences of an article, which has about so many
    comparisons=(
        Comparison(
            name="direction",
            metric="f1",
            question="Does reading a sentence in both directions find named entities better than reading it in one?",
            pairs=(("bi", "uni"), ("bi", "uni_wide")),
            headlines=(("bi", "uni"), ("bi", "uni_wide")),
        ),
        Comparison(
            name="additions",
            metric="f1",
            question="What do a word's characters add to two directions, what a CRF, and what both?",
            pairs=(
                ("bi_characters", "bi"),
                ("bi_crf", "bi"),
                ("bi_characters_crf", "bi_characters"),
                ("bi_characters_crf", "bi_crf"),
                ("bi_characters_crf", "bi"),
            ),
        ),
        Comparison(
            name="tagging_recurrence",
            metric="f1",
            question="Does a recurrent network find named entities better than models without recurrence?",
            pairs=(("linear", "commonest"), ("uni", "linear"), ("bi", "linear"), ("bi_characters_crf", "linear")),
        ),
    ),
    command="tagging",
    reads=("data/prepared/conll2003", "data/prepared/vectors"),  # sentences, and which words have vectors
)
