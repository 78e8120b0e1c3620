"""Exercise 6: what is asked of its results."""

from pipeline.declaration import ACCURACY, SECONDS, Column, Comparison, Exercise, per_cent
from pipeline.exercises.packing.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="6",
    question="One review at a time, padded, packed or by length: what does each cost?",
    columns=(ACCURACY, per_cent("padding_share", 0), SECONDS, Column("tokens_per_second", digits=0)),
    comparisons=(
        Comparison(
            name="packing",
            metric="accuracy",
            question="Does the way of batching, which decides the time, change how well reviews are classified?",
            pairs=(("padded", "single"), ("packed", "padded"), ("bucketed", "padded")),
        ),
    ),
    command="sentiment",
)
