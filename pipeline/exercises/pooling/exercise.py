"""Exercise 5: what is asked of its results."""

from pipeline.declaration import ACCURACY, F1, PARAMETERS, Comparison, Exercise, against
from pipeline.exercises.pooling.stage import STAGE

EXERCISE = Exercise(
    stage=STAGE,
    number="5",
    question="One vector from the states of all steps: last, mean, sum, maximum or learnt weights?",
    columns=(ACCURACY, F1, PARAMETERS),
    comparisons=(
        Comparison(
            name="pooling",
            metric="accuracy",
            question="Does combining the states of all steps classify reviews better than the last state alone?",
            pairs=(*against("last", STAGE.variants), ("attention", "mean")),
            headlines=(("mean", "last"), ("attention", "last")),
        ),
    ),
    command="sentiment",
)
