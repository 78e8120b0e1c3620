"""Exercise 5: what is asked of its results."""

from pipeline.declaration import ACCURACY, F1, PARAMETERS, Comparison, Exercise, against
from pipeline.exercises.pooling.stage import STAGE, VARIANTS

RECURRENT = {name: particular for name, particular in VARIANTS.items() if particular["recurrent"]}

EXERCISE = Exercise(
    stage=STAGE,
    number="5",
    question="One vector from the states of all steps: last, mean, sum, maximum or learnt weights? Or from no states?",
    columns=(ACCURACY, F1, PARAMETERS),
    comparisons=(
        Comparison(
            name="pooling",
            metric="accuracy",
            question="Does combining the states of all steps classify reviews better than the last state alone?",
            pairs=(*against("last", RECURRENT), ("attention", "mean")),
            headlines=(("mean", "last"), ("attention", "last")),
        ),
        Comparison(
            name="recurrence",
            metric="accuracy",
            question="Does a recurrent layer classify reviews better than the mean of their words' vectors?",
            pairs=(("mean", "no_recurrence"), ("attention", "no_recurrence"), ("last", "no_recurrence")),
        ),
    ),
    command="sentiment",
    unjudged=("no_recurrence",),  # `rnn sentiment` is answered by recurrent networks, unless another model is named
)
